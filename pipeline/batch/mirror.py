"""An output folder that is a URL: results are made in a folder on this machine and moved there when complete.

A file system behind a URL has no locks, so processes there do not see each other: each takes a part (`--shard`).
"""

import queue
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from pipeline.batch.ledger import LOCK, NAME, RECORD, Entry
from pipeline.batch.places import file_system, folder_name, path_of, reason, source_of
from pipeline.batch.results import PICTURES, VIDEO
from pipeline.batch.workers import WORK
from pipeline.errors import EmobotError, InputError

ATTEMPTS = 2
"""Attempts to write a folder of results; a connection may have ended since it was last used."""
_STAYS = (VIDEO, PICTURES)
"""Large results that are not fetched: an empty file stands for each."""


class Mirror:
    """The folder on this machine, and its place.

    Args:
        url: The place.
        folder: The folder, empty.

    Raises:
        MissingPart: A package is not installed.
        InputError: The place cannot be reached.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._url = source_of(url).rstrip("/")
        self._folder = folder
        self._files, place = file_system(self._url)
        self._place = place.rstrip("/")
        self._partial = f"{self._place}/{WORK}/{secrets.token_hex(6)}"
        self._known: dict[Path, tuple[int, int]] = {}
        """Size and time of each file that is at its place."""
        self._records: dict[str, Entry] = {}
        """What is at the place, by folder."""
        self.errors: list[str] = []
        self._queue: queue.SimpleQueue[Path | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True, name="results")
        self._thread.start()

    def fetch(self, sources: Iterable[str] | None, *, ledger: bool) -> None:
        """Copy earlier results of some inputs, or of all, into the folder; large files are not copied.

        Args:
            sources: The inputs; None = all.
            ledger: Whether to copy `batch.json`, too.

        Raises:
            InputError: The place cannot be read.
        """
        wanted = None if sources is None else set(sources)
        try:
            if not self._files.exists(self._place):
                return
            listed = {str(info["name"]).rstrip("/"): info for info in self._files.ls(self._place, detail=True)}
            folders = [name for name, info in listed.items() if info["type"] == "directory"]
            records = [f"{name}/{RECORD}" for name in folders if PurePosixPath(name).name[:1] != "."]
            for record in records:
                self._read_record(record)
            for name, entry in self._records.items():
                if wanted is None or entry.source in wanted:
                    self._fetch_folder(name)
            if ledger and any(PurePosixPath(name).name == NAME for name in listed):
                self._fetch_file(f"{self._place}/{NAME}", self._folder / NAME)
        except Exception as error:
            # foreign code
            raise self._reason(error) from error

    def directories(self, sources: Iterable[str]) -> dict[str, str]:
        """Return the folder of each input's results, the same in every process that is given the same inputs."""
        known = {entry.source: name for name, entry in self._records.items()}
        stems = {source: path_of(source).stem or "recording" for source in sources}
        count = Counter(stem.casefold() for stem in stems.values())
        used = {name.casefold() for name in self._records} | {NAME, "index.html"}
        found = {}
        for source, stem in stems.items():
            alone = count[stem.casefold()] == 1 and stem.casefold() not in used and stem.strip(".")
            name = folder_name(stem) if alone else folder_name(stem, f"-{sha256(source.encode()).hexdigest()[:8]}")
            found[source] = known.get(source, name)
        return found

    def put(self, entry: Entry) -> None:
        """Move the results of an input to their place, in a thread of its own; `close` waits for it."""
        self._queue.put(self._folder / entry.directory)

    def close(self, timeout_s: float | None = None) -> bool:
        """Wait until everything is at its place; return whether it is."""
        self._queue.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive() and not self.errors

    def put_changed(self, *, pages: bool) -> None:
        """Move files that have changed since, such as reports.

        Args:
            pages: Whether to move the ledger and the pages of the whole folder, too.
        """
        for path in sorted(path for path in self._folder.rglob("*") if path.is_file()):
            name = path.relative_to(self._folder)
            apart = len(name.parts) == 1 and (not pages or name.parts[0] in ("lock", LOCK))
            if apart or name.parts[0].startswith(".") or self._known.get(path) == _state(path):
                continue
            self._try(lambda path=path: self._move([path]))  # type: ignore[misc]

    def sweep(self) -> None:
        """Remove the incomplete results of processes that died; call it while none works."""
        self._try(lambda: self._remove(f"{self._place}/{WORK}"))

    def _work(self) -> None:
        while (folder := self._queue.get()) is not None:
            if folder.is_dir():
                self._try(lambda folder=folder: self._move_folder(folder))  # type: ignore[misc]

    def _move_folder(self, folder: Path) -> None:
        # without its record a folder counts as incomplete, so that goes first and comes last
        record = folder / RECORD
        self._remove(self._at(record))
        self._move([path for path in sorted(folder.rglob("*")) if path.is_file() and path != record])
        self._move([record])

    def _move(self, paths: list[Path]) -> None:
        partial = {path: f"{self._partial}/{path.relative_to(self._folder).as_posix()}" for path in paths}
        for path, there in partial.items():
            self._files.makedirs(there.rpartition("/")[0], exist_ok=True)
            self._files.put_file(str(path), there)
        for path, there in partial.items():
            state = _state(path)
            self._files.makedirs(self._at(path).rpartition("/")[0], exist_ok=True)
            self._files.mv(there, self._at(path))
            self._known[path] = state
        self._remove(self._partial)

    def _try(self, act: Callable[[], None]) -> None:
        for attempt in range(ATTEMPTS):
            try:
                if attempt:
                    self._files, _ = file_system(self._url, again=True)
                act()
            except Exception as error:
                # foreign code
                last = str(error) if isinstance(error, EmobotError) else str(self._reason(error, "write to"))
            else:
                return
        self.errors.append(last)

    def _reason(self, error: Exception, what: str = "read") -> InputError:
        return InputError(str(reason(self._url, error)).replace("expected to read", f"expected to {what}"))

    def _at(self, path: Path) -> str:
        return f"{self._place}/{path.relative_to(self._folder).as_posix()}"

    def _remove(self, there: str) -> None:
        if self._files.exists(there):
            self._files.rm(there, recursive=True)

    def _read_record(self, record: str) -> None:
        try:
            entry = msgspec.json.decode(self._files.cat_file(record), type=Entry)
        except (FileNotFoundError, msgspec.MsgspecError):
            return
        self._records[PurePosixPath(record).parent.name] = entry

    def _fetch_folder(self, name: str) -> None:
        root = f"{self._place}/{name}"
        found: dict[str, dict[str, Any]] = self._files.find(root, detail=True)
        for there in found:
            inside = PurePosixPath(there).relative_to(PurePosixPath(root))
            path = self._folder / name / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            if inside.parts[0] in _STAYS:
                path.touch()
                self._known[path] = _state(path)
            else:
                self._fetch_file(there, path)

    def _fetch_file(self, there: str, path: Path) -> None:
        self._files.get_file(there, str(path))
        self._known[path] = _state(path)


def _state(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_size, state.st_mtime_ns
