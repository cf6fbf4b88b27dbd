"""The ledger of a batch, `batch.json` in the output folder: the inputs, their folders of results and their status.

Several processes may use it. Every change reads and rewrites the file under a lock, atomically for readers. A process
claims an input before it processes it; the claims of dead processes are void.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import replace

from pipeline.batch.places import fingerprint, folder_name, moved, path_of, source_of
from pipeline.batch.results import SUMMARY
from pipeline.batch.workers import WORK, Settings, Worker, is_alive, living, sweep
from pipeline.errors import ConfigError, EmobotError
from pipeline.locks import locked, replace_whole
from pipeline.messages import Fault

NAME = "batch.json"
LOCK = ".batch.lock"
PARTIAL = ".partial-"
"""Prefix of files that are being written."""
RECORD = "source.json"
"""File with the ledger's entry in each folder of results; `emobot batch --merge` rebuilds the ledger from these."""


class Entry(msgspec.Struct, kw_only=True):
    """One input."""

    source: str
    """Absolute path, or a URL without its password."""
    directory: str
    """Folder of its results, inside the output folder."""
    status: Literal["waiting", "working", "done", "failed"] = "waiting"
    """Status of the input; after a process was killed it stays `working` until another process takes over."""
    frames_in: int = 0
    """Frames decoded."""
    frames_out: int = 0
    """Frames processed."""
    seconds: float = 0.0
    """Processing time in seconds."""
    fps: float = 0.0
    """Frames processed per second."""
    error: str | None = None
    fault: Fault = ""
    """Kind of the error."""
    fingerprint: str = ""
    """Size and time of change of the input; a changed input is processed again."""
    options: str = ""
    """Hash of the options of the stages and `[privacy]`; after a change the input is processed again."""
    worker: str = ""
    """The current or last process that claimed it: host, PID and a random suffix."""
    claims: int = 0
    """Number of claims: more than one after a change of the input or the death of a process."""


class Ledger:
    """The inputs of a batch and their status.

    Args:
        folder: The output folder; created if absent.
        mend: Rebuild `batch.json` from the folders of results; other entries stay. A truncated
            file is renamed to `batch.json.broken`.

    Raises:
        ConfigError: The folder cannot be made, or its `batch.json` is not a ledger.
    """

    def __init__(self, folder: Path, *, mend: bool = False) -> None:
        self._folder = folder
        self._file = folder / NAME
        self._own: dict[str, Entry] = {}
        """This process's entries as it left them: the file may have been removed, or overwritten by a machine that does
        not see this one's locks."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"expected a folder for results, found {folder}: {error}") from error
        if mend:
            self._mend()
        self._read()

    def entries(self) -> list[Entry]:
        """Return all current entries in the order in which they were added."""
        return list(self._read().values())

    def enter(self, sources: Iterable[Path | str], directories: Mapping[str, str] | None = None) -> list[Entry]:
        """Return the entries of inputs; unknown and changed inputs get new ones.

        Args:
            sources: The inputs.
            directories: Names for the folders of unknown inputs; by default they are made of the inputs' names.
        """
        found, paths = [], [source_of(source) for source in sources]
        with self._changing() as entries:
            taken = {entry.directory.casefold() for entry in entries.values()} | {NAME, LOCK, WORK, "index.html"}
            self._follow(paths, entries)
            for path in paths:
                entry, version = entries.get(path), fingerprint(path, fresh=False)
                if entry is None:
                    directory = (directories or {}).get(path) or self._free(path_of(path).stem, taken)
                    entry = Entry(source=path, directory=directory, fingerprint=version)
                elif entry.fingerprint != version and not self.is_held(entry):
                    entry = Entry(
                        source=path,
                        directory=entry.directory,
                        fingerprint=version,
                        worker=entry.worker,
                        claims=entry.claims,
                    )
                entries[path] = entry
                self._own[path] = replace(entry)
                found.append(entry)
        return found

    def _follow(self, paths: Iterable[str], entries: dict[str, Entry]) -> None:
        """Give recordings that were moved the entries and results they had, unless another process is at work."""
        known = {source: entry.fingerprint for source, entry in entries.items() if entry.status in ("done", "failed")}
        new = [path for path in paths if known and path not in entries]
        for path, before in moved(new, known) if new and not living(self._folder) else ():
            if before in entries:
                entries[path] = replace(entries.pop(before), source=path)
                record = self._folder / entries[path].directory / RECORD
                if (found := _read_record(record.parent)) and found.source == before:
                    write_whole(record, replace(found, source=path))

    def is_held(self, entry: Entry) -> bool:
        """Return whether a living process works on an input."""
        return entry.status == "working" and is_alive(self._folder, entry.worker)

    def is_current(self, entry: Entry) -> bool:
        """Return whether an input is unchanged since it was processed."""
        return entry.fingerprint == fingerprint(entry.source, fresh=False)

    def join(self, settings: Settings) -> Worker:
        """Start working in the folder, and remove the files of dead processes.

        Raises:
            ConfigError: Another process works in it with other options.
        """
        with self._changing():
            self._sweep()
            return Worker(self._folder.absolute(), settings)

    def leave(self, worker: Worker) -> None:
        """Release claims on unfinished inputs, and remove incomplete results."""
        with self._changing() as entries:
            for entry in entries.values():
                if entry.status == "working" and entry.worker == worker.name:
                    entry.status = "waiting"
            worker.close()
            self._sweep()

    def claim(self, source: str, worker: Worker, settled: Callable[[Entry], bool]) -> Entry | None:
        """Claim an input and return its entry; None if it is finished or a living process works on it.

        Args:
            source: The input.
            worker: This process.
            settled: Returns whether an entry is finished.
        """
        with self._changing() as entries:
            entry = entries[source]
            mine = entry.status == "working" and entry.worker == worker.name
            if settled(entry) or (not mine and self.is_held(entry)):
                return None
            if entry.status == "working" and not mine:
                # its process may have died after it moved the results into place
                found = _read_record(self._folder / entry.directory)
                if found and found.source == source and settled(found):
                    entries[source] = found
                    return None
            entry.status, entry.worker, entry.fingerprint = "working", worker.name, fingerprint(source)
            entry.claims += not mine
            self._own[source] = replace(entry)
            return entry

    def settle(self, entry: Entry, move: Callable[[], None] = lambda: None) -> None:
        """Write the outcome of an input, unless another process has claimed it meanwhile.

        Args:
            entry: The input's new entry.
            move: Moves the results into place; called under the lock.
        """
        with self._changing() as entries:
            known = entries.get(entry.source)
            if known and (known.worker, known.claims) == (entry.worker, entry.claims):
                move()
                entries[entry.source] = entry
                self._own[entry.source] = replace(entry)

    def _mend(self) -> None:
        with self._changing(mend=True) as entries:
            self._sweep()
            for folder in sorted(path for path in self._folder.iterdir() if path.is_dir()):
                found = _read_record(folder)
                if found is None:
                    continue
                known = entries.get(found.source)
                if known is None or not (self.is_held(known) or self._has_results(known)):
                    found.directory = folder.name
                    entries[found.source] = found
            for entry in entries.values():
                lost = entry.status == "done" and not self._has_results(entry)
                if lost or (entry.status == "working" and not self.is_held(entry)):
                    entry.status = "waiting"

    def _sweep(self) -> None:
        """Put back the results that dead processes were replacing, and remove their files; called under the lock."""
        sweep(self._folder)
        for partial in self._folder.glob(f"{PARTIAL}*"):
            # a recording may be called so
            if not partial.is_dir():
                partial.unlink(missing_ok=True)

    def _has_results(self, entry: Entry) -> bool:
        return entry.status == "done" and (self._folder / entry.directory / SUMMARY).exists()

    @contextmanager
    def _changing(self, *, mend: bool = False) -> Iterator[dict[str, Entry]]:
        """Yield the entries under the lock, and write them if they have changed."""
        with locked(self._folder / LOCK):
            entries = self._read(mend=mend)
            before = msgspec.json.encode(list(entries.values()))
            yield entries
            if msgspec.json.encode(list(entries.values())) != before or not self._file.exists():
                self._write(entries)

    def _write(self, entries: Mapping[str, Entry]) -> None:
        try:
            write_whole(self._file, {"files": list(entries.values())})
        except OSError as error:
            raise EmobotError(f"expected to write {self._file}, found {error.strerror}") from error

    def _read(self, *, mend: bool = False) -> dict[str, Entry]:
        try:
            text = self._file.read_bytes()
        except FileNotFoundError:
            text = b'{"files":[]}'
        except OSError as error:
            raise ConfigError(f"expected a folder for results, found {self._folder}: {error}") from error
        try:
            known = msgspec.json.decode(text, type=dict[str, list[Entry]])["files"]
        except (KeyError, msgspec.MsgspecError) as error:
            if mend and _is_cut_off(text):
                self._file.rename(self._file.with_name(f"{NAME}.broken"))
                return {}
            raise ConfigError(f"expected a folder for results, found {self._folder}: {error}") from error
        entries = {entry.source: entry for entry in known}
        for source, own in self._own.items():
            if source not in entries or _is_older(entries[source], own):
                entries[source] = replace(own)
        return entries

    def _free(self, stem: str, taken: set[str]) -> str:
        """Return an unused name for a folder of results: the stem, or the stem and a number.

        Existing files of this name are replaced when the results are complete.
        """
        stem = stem if stem.strip(".") else "recording"
        name, number = folder_name(stem), 1
        while name.casefold() in taken or (self._folder / name).exists():
            number += 1
            name = folder_name(stem, f"-{number}")
        taken.add(name.casefold())
        return name


def write_whole(path: Path, value: object) -> None:
    """Write a value as JSON atomically: readers find the old file or the new one.

    Raises:
        OSError: It cannot be written.
    """
    replace_whole(path, msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n", PARTIAL)


def _is_older(entry: Entry, own: Entry) -> bool:
    """Return whether an entry is of before this process changed it; each claim has a number."""
    same = (entry.claims, entry.worker) == (own.claims, own.worker)
    return entry.claims < own.claims or (same and entry.status == "working" and own.status in ("done", "failed"))


def _read_record(folder: Path) -> Entry | None:
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((folder / RECORD).read_bytes(), type=Entry)
    return None


def _is_cut_off(text: bytes) -> bool:
    """Return whether a ledger is not complete JSON, for example truncated or empty."""
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return True
    return False
