"""Names of files made of results, which of them a person has edited, and what an earlier export has left behind.

They are exports, and figures and agreements beside the results.
"""

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from pipeline.errors import InputError

RECORD = ".exports.json"
"""File in a folder of exports that lists what was written there; no other file is replaced or removed."""
MOST_BYTES = 255 - len(".partial")
"""Longest name of a file, bytes."""
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE | re.ASCII)
"""Characters and names that Windows refuses."""
_TIMES = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\+00:00)?")
"""Times in a file: some formats contain the time of the export."""

log = logging.getLogger("emobot")


class _Noted(msgspec.Struct, frozen=True):
    """What is noted about a file: the hash of its content, the minute in which it was written, and what else it is of.

    That is the file of a coder, who may have called it as another one did.
    """

    hash: str
    at: str
    source: str = ""


_Known = dict[str, dict[str, _Noted]]
"""Recording and format to their files by name."""


class Exports(NamedTuple):
    """What an export did.

    Attributes:
        files: The files that were written.
        kept: A line for each file that was not replaced because someone has edited it.
    """

    files: list[Path]
    kept: list[str]


class Exported:
    """What was exported into a folder, as `.exports.json` notes it.

    Args:
        place: The folder of the exports.
        folder: The recording's results.
        command: The command that writes, for its messages.
        source: Another file that what is written is made of.
    """

    def __init__(self, place: Path, folder: Path, command: str = "export", source: Path | None = None) -> None:
        self._place = place
        self._command = command
        self._record = place / RECORD
        self._known = read_record(self._record)
        self._source = str(source.resolve()) if source else ""
        self._own = place.resolve() == folder.resolve()
        # results may be moved together with what is exported beside them
        self._of = "." if self._own else str(folder.resolve())

    def base(self, stem: str, suffixes: Sequence[str]) -> str:
        """Return what names begin with: the stem, and a number if other recordings or sources have one of these names.

        In a folder of several recordings, `talk_2_detailed.txt` may be of `talk_2` or of the second person of `talk`.

        Args:
            stem: Name of the recording; shortened if it is too long.
            suffixes: What follows.
        """
        room = MOST_BYTES - max((len(suffix.encode()) for suffix in suffixes), default=0)
        if self._own and not self._source:
            return _cut(stem, room)
        stem = stem if self._own else _portable(stem)
        taken = self._taken()
        number, base = 1, _cut(stem, room)
        while any(f"{base}{suffix}".casefold() in taken for suffix in suffixes):
            number += 1
            base = f"{_cut(stem, room - len(f'-{number}'))}-{number}"
        return base

    def put(self, kind: str, contents: Iterable[tuple[str, bytes]], *, overwrite: bool = False) -> Exports:
        """Write files of one kind and note them; those that someone has edited since stay.

        Args:
            kind: The format, or what else the last files of this kind are recognised by.
            contents: Names and contents of the files.
            overwrite: Whether to replace edited files, too.

        Raises:
            InputError: A file cannot be read or written.
        """
        written: dict[Path, str] = {}
        kept: dict[Path, str] = {}
        for name, content in contents:
            path = self._place / name
            if not overwrite and (edited := self.edited(path, content)):
                kept[path] = edited
                continue
            _write(path, content)
            written[path] = hash_of(content)
        self.replace(kind, written, kept)
        return Exports(list(written), list(kept.values()))

    def edited(self, path: Path, content: bytes) -> str:
        """Return why a file must not be replaced, in one line; "" if it may be.

        Args:
            path: The file; may be absent.
            content: What would be written.

        Raises:
            InputError: The file cannot be read.
        """
        try:
            found = path.read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            # writing it reports what is wrong with a folder
            return ""
        except OSError as error:
            raise InputError(f"expected a file that can be read, found {path}: {error.strerror}") from error
        every = [files[path.name] for files in self._known.values() if path.name in files]
        if any(noted.hash == hash_of(found) for noted in every):
            return ""
        if not every and _TIMES.sub(b"", found) == _TIMES.sub(b"", content):
            # an earlier version noted nothing, or the record is lost
            return ""
        at = max((noted.at for noted in every), default="")
        as_exported = f"the file as exported{f' on {at}' if at else ''}, found it changed"
        expected = as_exported if every else "a file of an earlier export, found another"
        replaces = f"`emobot {self._command} --overwrite` replaces it"
        return f"expected {expected}: {path}: kept; {replaces}, `--out` writes elsewhere"

    def replace(self, kind: str, written: Mapping[Path, str], kept: Iterable[Path] = ()) -> None:
        """Remove what the last export of the recording wrote and this one did not, and note what this one wrote.

        A file that someone has changed since stays, with a line in the log. So does any file that is not noted.

        Args:
            kind: The format.
            written: Hashes of the files that were written now.
            kept: Files that were not replaced because someone has edited them.
        """
        key = f"{kind} of {self._of}"
        now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
        names = {path.name: _Noted(noted, now, self._source) for path, noted in written.items()}
        before = self._known.get(key, {})
        names |= {path.name: before[path.name] for path in kept if path.name in before}
        elsewhere = {name for other, files in self._known.items() if other != key for name in files}
        for name, noted in before.items():
            path = self._place / name
            if name in names or name in elsewhere or Path(name).name != name or not path.is_file():
                continue
            if hash_of(path.read_bytes()) == noted.hash:
                path.unlink()
            else:
                log.warning("%s is of people before they were joined or renumbered, but was changed: kept", path)
        self._known[key] = names

    def save(self) -> None:
        """Write `.exports.json`."""
        partial = self._record.with_name(f"{RECORD}.partial")
        with suppress(OSError):
            # without it, the next export replaces and removes nothing
            partial.write_bytes(msgspec.json.encode(self._known))
            partial.replace(self._record)

    def _taken(self) -> set[str]:
        """Return the names of files of other recordings whose results still exist, and of other sources that do."""
        taken = set()
        for key, files in self._known.items():
            other = key.partition(" of ")[2]
            if other != self._of and Path(self._place, other).is_dir():
                taken |= {name.casefold() for name in files}
            elif other == self._of:
                others = {name: noted.source for name, noted in files.items() if noted.source != self._source}
                taken |= {name.casefold() for name, source in others.items() if source and Path(source).exists()}
        return taken


def read_record(record: Path) -> _Known:
    """Return what is noted in a folder of exports; nothing if the record is absent or damaged."""
    try:
        known = msgspec.json.decode(record.read_bytes(), type=dict[str, dict[str, _Noted | str]])
        # earlier versions noted hashes alone
        return {
            key: {name: _Noted(one, "") if isinstance(one, str) else one for name, one in files.items()}
            for key, files in known.items()
        }
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise InputError(f"expected a file that can be written, found {path}: {error.strerror}") from error


def _portable(stem: str) -> str:
    """Return a name that Windows takes, too."""
    stem = _FORBIDDEN.sub("_", stem).rstrip(". ") or "_"
    return f"_{stem}" if _RESERVED.match(stem) else stem


def _cut(stem: str, room: int) -> str:
    """Return a name of at most this many bytes."""
    return stem if len(stem.encode()) <= room else stem.encode()[:room].decode("utf-8", "ignore")


def hash_of(content: bytes) -> str:
    """Return what tells a file's content from any other."""
    return hashlib.sha256(content).hexdigest()
