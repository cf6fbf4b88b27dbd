"""What every format is written from: a recording's people with their episodes, and its media file."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.batch.results import VIDEO
from stages.results.episodes import Episode, episodes
from stages.results.markers import read_markers
from stages.results.reading import Results

MARK_TIER = "markers"
"""Name of the tier of markers; with several streams, the stream's name follows."""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML cannot hold or no program shows."""


@dataclass(frozen=True, slots=True)
class Media:
    """The media file to which annotations belong.

    Attributes:
        absolute: Its path, or only its name where the path means nothing to the reader.
        relative: Its path from the folder of the exported file, with forward slashes.
    """

    absolute: str
    relative: str

    @classmethod
    def of(cls, path: Path, folder: Path) -> "Media":
        """Return a media file as seen from a folder."""
        absolute = path.resolve()
        return cls(str(absolute), Path(os.path.relpath(absolute, folder.resolve())).as_posix())


@dataclass(frozen=True, slots=True)
class Person:
    """One tier.

    Attributes:
        track: Track number.
        name: Name in one line, which nobody else in the recording has.
        episodes: Ordered by time, without overlap, each of at least a millisecond.
    """

    track: int
    name: str
    episodes: list[Episode]


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker that another program sent, such as the start of a stimulus.

    Attributes:
        at_ms: Its time, milliseconds from the container's start.
        text: Its text, in one line.
        stream: Name of the stream that it came from, in one line.
    """

    at_ms: float
    text: str
    stream: str


@dataclass(frozen=True, slots=True)
class Document:
    """A recording to export.

    Attributes:
        title: Its title, in one line.
        results: Its results.
        people: Its people, in order.
        media: Its media file; None if unknown.
        marks: Markers of other programs, ordered by time.
    """

    title: str
    results: Results
    people: list[Person]
    media: Media | None
    marks: list[Mark]

    @property
    def episodes(self) -> list[tuple[Episode, Person]]:
        """The episodes of all people, ordered by time."""
        every = [(episode, person) for person in self.people for episode in person.episodes]
        return sorted(every, key=lambda pair: (pair[0].start_ms, pair[0].end_ms, pair[1].track))

    @property
    def end_ms(self) -> float:
        """End of the media file, of the last frame where it is unknown; no episode or marker is behind it."""
        ends = [person.episodes[-1].end_ms for person in self.people if person.episodes]
        media_ms = 1e3 * (self.results.summary.media_s or 0.0)
        return max([self.results.end_ms, media_ms, *ends, *(mark.at_ms for mark in self.marks)])

    @property
    def mark_tiers(self) -> dict[str, list[Mark]]:
        """The markers by tier, for each stream that sent some; several at one millisecond are one."""
        streams = list(dict.fromkeys(mark.stream for mark in self.marks))
        taken = {person.name for person in self.people}
        tiers: dict[str, list[Mark]] = {}
        for stream in streams:
            tier = f"{MARK_TIER} {stream}" if len(streams) > 1 else MARK_TIER
            while tier in taken:
                tier += "_"
            taken.add(tier)
            at: dict[int, list[str]] = {}
            for mark in self.marks:
                if mark.stream == stream:
                    at.setdefault(round(mark.at_ms), []).append(mark.text)
            tiers[tier] = [Mark(float(ms), "; ".join(texts), stream) for ms, texts in at.items()]
        return tiers


def make_document(results: Results, folder: Path, media: Media | None = None) -> Document:
    """Return what a recording's results say.

    Args:
        results: The results.
        folder: Folder of the exported file.
        media: The media file, where it is another than the results name: the recording, or else the annotated video.
    """
    if media is None:
        found = results.source or (results.folder / VIDEO if (results.folder / VIDEO).is_file() else None)
        media = Media.of(found, folder) if found else None
    names = _names(results)
    people = [Person(track, names[track], list(_whole(episodes(results, track)))) for track in results.people]
    return Document(one_line(results.folder.absolute().name), results, people, media, read_marks(results.folder))


def read_marks(folder: Path) -> list[Mark]:
    """Return the markers in a folder of results, ordered by time; none without `markers.csv`.

    Raises:
        InputError: The table is not valid.
    """
    found = [Mark(at_ms, one_line(marker.text), one_line(marker.stream)) for at_ms, marker in read_markers(folder)]
    # the formats count from the start of the file
    return sorted((mark for mark in found if mark.at_ms >= 0), key=lambda mark: mark.at_ms)


def one_line(text: str) -> str:
    """Return a text in one line, without characters that no program shows."""
    return " ".join(_UNPRINTABLE.sub("\ufffd", text).split())


def _names(results: Results) -> dict[int, str]:
    """Return a name for each person; of two people with one name, the second gets their track number."""
    found: dict[int, str] = {}
    for track in results.people:
        name = one_line(results.name(track)) or f"Person {track}"
        found[track] = f"{name} ({track})" if name in found.values() else name
    return found


def _whole(found: Iterable[Episode]) -> Iterable[Episode]:
    """Yield the episodes that last a millisecond, the smallest unit of the formats."""
    return (one for one in found if round(one.end_ms) > round(one.start_ms))
