"""Which recording a name means, and what its path says of it: `{participant}_{condition}`."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from pipeline.errors import ConfigError
from stages.results.given import composed
from stages.results.reading import Results

_FIELD = re.compile(r"\{(\w+)\}|(\*)")


def distinct(paths: Sequence[PurePath]) -> list[str]:
    """Return the name of each path, with as many of its folders as tell it from others of the same name."""
    lengths = [1] * len(paths)
    while True:
        texts = ["/".join(path.parts[-length:]) for path, length in zip(paths, lengths, strict=True)]
        meant: dict[str, set[PurePath]] = {}
        for text, path in zip(texts, paths, strict=True):
            meant.setdefault(text, set()).add(path)
        longer = [i for i, text in enumerate(texts) if len(meant[text]) > 1 and lengths[i] < len(paths[i].parts)]
        if not longer:
            return texts
        for i in longer:
            lengths[i] += 1


def titles_of(recordings: Sequence[Results]) -> list[str]:
    """Return a title for each recording: its name, or what tells it from others: its folders, those of its results."""
    folders = [one.folder.absolute() for one in recordings]
    sources = [one.source or folder for one, folder in zip(recordings, folders, strict=True)]
    stems = [one.source.stem if one.source else folder.name for one, folder in zip(recordings, folders, strict=True)]
    spellings = list(zip(stems, distinct(sources), distinct(folders), strict=True))
    counts = [Counter(column) for column in zip(*spellings, strict=True)]
    return [
        next((text for text, count in zip(spelled, counts, strict=True) if count[text] == 1), spelled[-1])
        for spelled in spellings
    ]


class PathPattern:
    """A pattern of the end of a recording's path, without the suffix of its name.

    `{name}` stands for one or more characters of one folder or name, as few as possible; `*` too, without a name. So
    `{condition}/{participant}_*` finds `sad` and `P07` in `/data/sad/P07_talk.mp4`.

    Args:
        text: The pattern.

    Raises:
        ConfigError: It has no `{name}`, or one twice.
    """

    def __init__(self, text: str) -> None:
        text = composed(text)
        parts, at, self.fields = [], 0, list[str]()
        for match in _FIELD.finditer(text):
            parts += [re.escape(text[at : match.start()]), f"(?P<{match[1]}>[^/]+?)" if match[1] else "[^/]+?"]
            self.fields += [match[1]] if match[1] else []
            at = match.end()
        self.text = text
        try:
            self._compiled = re.compile(f"(?:^|.*/){''.join(parts)}{re.escape(text[at:])}")
        except re.error as error:
            raise ConfigError(f"expected a pattern such as {{participant}}_{{condition}}, found {text!r}") from error
        if not self.fields:
            raise ConfigError(f"expected {{participant}} or another name in braces, found {text!r}")

    def read(self, path: PurePath) -> dict[str, str] | None:
        """Return what a path says, by name; None if the pattern does not fit."""
        match = self._compiled.fullmatch(composed(path.with_suffix("").as_posix()) if path.name else "")
        return match.groupdict() if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What identifies a recording and its people."""

    folder: Path
    """Folder of its results."""
    path: Path
    """The recording, or its results where it is not known; it may have been moved since."""
    people: dict[int, str]
    """Names by track."""
    first_ms: float
    """Start of its first frame, milliseconds from the container's start."""
    end_ms: float

    @classmethod
    def of(cls, results: Results) -> "Recorded":
        """Return it without its rows, which take memory."""
        folder = results.folder.absolute()
        return cls(
            folder=folder,
            path=results.source or folder,
            people={track: results.name(track) for track in results.people},
            first_ms=results.summary.first_pts_ms or 0.0,
            end_ms=results.end_ms,
        )

    def is_called(self, text: str) -> bool:
        """Return whether a text is the end of its path, with or without suffix, or of its results' path."""
        wanted = PurePath(composed(text).replace("\\", "/")).parts
        paths = (self.path, self.path.with_suffix(""), self.folder) if self.path != self.folder else (self.folder,)
        return bool(wanted) and any(tuple(map(composed, path.parts[-len(wanted) :])) == wanted for path in paths)

    def has(self, person: str, track: int) -> bool:
        """Return whether a text is a person's name, or their number if nobody is called so."""
        wanted = composed(person).casefold()
        called = [one for one, name in self.people.items() if name.casefold() == wanted]
        # somebody may be called by another's number
        return track in called if called else wanted == str(track)
