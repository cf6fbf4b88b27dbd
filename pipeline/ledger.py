"""The ledger of a batch: which inputs there are, where each one's results go, and which are done.

It is `batch.json` in the output folder, written anew after every change, so that an interrupted batch goes on where it
was.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from pipeline.errors import ConfigError
from pipeline.messages import Fault

NAME = "batch.json"


class Entry(msgspec.Struct, kw_only=True):
    """One input."""

    source: str
    """Absolute path."""
    directory: str
    """Folder of its results, inside the output folder."""
    status: Literal["waiting", "done", "failed"] = "waiting"
    frames_in: int = 0
    """Pictures that could be decoded."""
    frames_out: int = 0
    """Pictures that were processed."""
    seconds: float = 0.0
    """Time it took."""
    fps: float = 0.0
    """Pictures processed per second."""
    error: str | None = None
    fault: Fault = ""
    """Of which kind that is."""
    fingerprint: str = ""
    """Size and time of change of the input; a changed input is processed again."""
    options: str = ""
    """Hash of what the stages and `[privacy]` were told; with other options it is processed again."""


class Ledger:
    """The inputs of a batch and what became of them.

    Args:
        folder: The output folder; made if it is not there.

    Raises:
        ConfigError: The folder cannot be made, or holds a `batch.json` that is none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            text = self._file.read_bytes() if self._file.exists() else b'{"files": []}'
            known = msgspec.json.decode(text, type=dict[str, list[Entry]])["files"]
        except (OSError, KeyError, msgspec.MsgspecError) as error:
            raise ConfigError(f"expected a folder for results, found {folder}: {error}") from error
        self._entries = {entry.source: entry for entry in known}

    def entry(self, source: Path) -> Entry:
        """Return the entry of an input, a new one if it was not known, or has changed."""
        path = str(source.absolute())
        fingerprint = _fingerprint(source)
        entry = self._entries.get(path)
        if entry is None or entry.fingerprint != fingerprint:
            directory = entry.directory if entry else self._free(source.stem)
            entry = self._entries[path] = Entry(source=path, directory=directory, fingerprint=fingerprint)
        return entry

    def entries(self) -> list[Entry]:
        """Return all inputs, in the order in which they became known."""
        return list(self._entries.values())

    def save(self) -> None:
        """Write the ledger."""
        text = msgspec.json.format(msgspec.json.encode({"files": list(self._entries.values())}), indent=2)
        partial = self._file.with_suffix(".partial")
        partial.write_bytes(text + b"\n")
        partial.rename(self._file)

    def _free(self, stem: str) -> str:
        """Return a folder name no other input has, nor anything that is there already: the stem, or that and a number.

        What has this name is replaced when the results are complete.
        """
        taken = {entry.directory.casefold() for entry in self._entries.values()} | {NAME, ".partial", "index.html"}
        stem = stem if stem.strip(".") else "recording"
        name, number = stem, 1
        while name.casefold() in taken or (self._folder / name).exists():
            number += 1
            name = f"{stem}-{number}"
        return name


def find_inputs(paths: Iterable[Path]) -> list[Path]:
    """Return the files meant: a folder means the files in it, hidden ones excepted; each file once."""
    found: dict[Path, None] = {}
    for path in paths:
        files = sorted(p for p in path.iterdir() if p.is_file() and p.name[0] != ".") if path.is_dir() else [path]
        found.update(dict.fromkeys(file.absolute() for file in files))
    return list(found)


def camera_names(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Return a camera name for each entry, unique and made of letters, digits, - and _."""
    names: dict[str, Entry] = {}
    for entry in entries:
        base = re.sub(r"[^A-Za-z0-9_-]", "_", entry.directory)[:36] or "_"
        name, number = base, 1
        while name in names:
            number += 1
            name = f"{base[: 39 - len(str(number))]}-{number}"
        names[name] = entry
    return names


def _fingerprint(path: Path) -> str:
    try:
        state = path.stat()
    except OSError:
        return "absent"
    return f"{state.st_size} bytes, {state.st_mtime_ns} ns"
