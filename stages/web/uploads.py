"""Uploaded recordings: kept for an hour, analysed one at a time by `emobot batch`."""

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import tomlkit

from pipeline.batch.ledger import Ledger
from pipeline.batch.results import DICTIONARY, PARQUET, PERSONS, REPORT, SUMMARY, TABLE, TIMELINE, VIDEO
from pipeline.history.clock import awake_s
from pipeline.messages import Fault, Language
from pipeline.metrics import names
from pipeline.metrics.counters import read_counts
from stages.web.time_left import TimeLeft
from stages.web.upload_tables import read_tables

KEEP_S = 3600.0
MOST_WAITING = 5
LOOK_S = 0.3
STOP_S = 5.0
PREFIX = "emobot-uploads-"
RESULTS = {
    "video": VIDEO,
    "table": TABLE,
    "parquet": PARQUET,
    "columns": DICTIONARY,
    "plot": TIMELINE,
    "report": REPORT,
    "summary": SUMMARY,
    "persons": PERSONS,
}
"""Results that can be downloaded, and their files."""

# Ends with the thread that started it, and runs at a lower priority than the cameras' processes, which are at nice 10.
PROGRAM = (
    "import ctypes, os; ctypes.CDLL(None).prctl(1, 15); os.nice(15);"
    "from pipeline.__main__ import main; main()"
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Recording:
    """An uploaded file and the state of its analysis."""

    id: str
    """Unguessable: it grants access to the recording."""
    owner: str
    """The browser that sent it."""
    name: str
    """The sender's file name; shown, never used as a path."""
    language: Language
    """The sender's language, in which reports are written."""
    folder: Path
    source: Path
    expires_at: float
    """When it is deleted, by the clock of `Recordings`."""
    status: Literal["uploading", "waiting", "working", "done", "failed"] = "uploading"
    progress: float | None = None
    """Progress, 0 to 1; None if unknown."""
    time_left: TimeLeft = field(default_factory=TimeLeft)
    error: str = ""
    fault: Fault = ""
    """Kind of the error."""
    results: Path = field(default_factory=Path)
    """Folder with the files of `RESULTS`."""


class Recordings:
    """All uploads, and the thread that analyses them.

    Args:
        config: Config file for the analysis; empty for the defaults.
        privacy: `[privacy]` settings that apply in addition to those of the config.
        now: A clock that is never set, seconds; tests replace it. That of the day may be set by hours while a machine
            starts: all recordings would be deleted at once, or kept for longer.

    Raises:
        ConfigError: The config file cannot be read.
    """

    def __init__(
        self,
        config: str,
        privacy: Mapping[str, bool | str] | None = None,
        now: Callable[[], float] = awake_s,
    ) -> None:
        self._tables = read_tables(config)
        self._tables.setdefault("privacy", {}).update({k: v for k, v in (privacy or {}).items() if v})
        self._now = now
        self.root, self._root_lock = make_root()
        self._all: dict[str, Recording] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._work, daemon=True, name="recordings")
        self._thread.start()

    def begin(self, name: str, kind: str, owner: str, language: Language) -> Recording | None:
        """Reserve a place for an upload; None if too many are waiting.

        Args:
            name: The sender's file name.
            kind: Its suffix, from `kind_of`.
            owner: The browser that sends it.
            language: The sender's language.
        """
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(name).stem)[:30].strip("_") or "recording"
        with self._lock:
            if self._unfinished() > MOST_WAITING:
                return None
            if not self.root.is_dir():
                # many systems delete from their temporary folder what nobody has used for ten days
                os.close(self._root_lock)
                self.root, self._root_lock = make_root()
            id_ = secrets.token_urlsafe(12)
            folder = self.root / id_
            folder.mkdir(mode=0o700)
            recording = Recording(
                id=id_,
                owner=owner,
                name=name[:100],
                language=language,
                folder=folder,
                source=folder / f"{stem}.{kind}",
                expires_at=self._now() + KEEP_S,
            )
            self._all[id_] = recording
            return recording

    def waiting(self) -> int:
        """Return the number of uploads that are not done."""
        with self._lock:
            return self._unfinished()

    def ahead(self, recording: Recording) -> int:
        """Return the number of uploads, of all browsers, that are analysed before one that waits."""
        with self._lock:
            names = [r.id for r in self._all.values() if r.status in ("waiting", "working")]
        return names.index(recording.id) if recording.id in names else 0

    def submit(self, recording: Recording) -> None:
        """Queue a complete upload for analysis."""
        recording.status = "waiting"
        self._wake.set()

    def of(self, owner: str) -> list[Recording]:
        """Return a browser's uploads, newest first."""
        with self._lock:
            mine = [r for r in self._all.values() if r.owner == owner and r.status != "uploading"]
        return sorted(mine, key=lambda r: -r.expires_at)

    def get(self, id_: str) -> Recording | None:
        """Return a recording, None if it was deleted."""
        with self._lock:
            return self._all.get(id_)

    def remove(self, recording: Recording) -> None:
        """Delete a recording with its results, also during its analysis."""
        with self._lock:
            self._all.pop(recording.id, None)
        shutil.rmtree(recording.folder, ignore_errors=True)

    def close(self) -> None:
        """Stop the analysis and delete everything."""
        self._closing = True
        self._wake.set()
        self._thread.join(2 * STOP_S)
        shutil.rmtree(self.root, ignore_errors=True)
        os.close(self._root_lock)

    def _unfinished(self) -> int:
        return sum(r.status in ("uploading", "waiting", "working") for r in self._all.values())

    def _work(self) -> None:
        while not self._closing:
            with self._lock:
                late = [r for r in self._all.values() if r.expires_at < self._now() and r.status != "working"]
                following = next((r for r in self._all.values() if r.status == "waiting" and r not in late), None)
            for recording in late:
                self.remove(recording)
            if following:
                self.examine(following)
            else:
                self._wake.wait(1.0)
                self._wake.clear()

    def examine(self, recording: Recording) -> None:
        """Analyse an upload in a process of its own, and wait for its end."""
        recording.status = "working"
        out = recording.folder / "out"
        # sockets and frames on a tmpfs, under a prefix that the next run cleans up if this process is killed
        place = Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir())
        place /= f"emobot-{recording.id}"
        try:
            config = recording.folder / "config.toml"
            config.write_text(tomlkit.dumps({**self._tables, "run": {"dir": str(place)}}), "utf-8")
            arguments = ["batch", recording.source, "--out", out, "--jobs", "1", "--config", config]
            arguments += ["--language", recording.language]
            with (recording.folder / "log.txt").open("wb") as output:
                process = subprocess.Popen(
                    [sys.executable, "-c", PROGRAM, *map(str, arguments)],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={k: v for k, v in os.environ.items() if k != "PROMETHEUS_MULTIPROC_DIR"},
                )
                self._follow(process, recording, place / "metrics")
            self._conclude(recording, out)
        except OSError as error:
            # also if the recording was deleted meanwhile
            recording.status, recording.error = "failed", error.strerror or str(error)
        shutil.rmtree(place, ignore_errors=True)

    def _follow(self, process: "subprocess.Popen[bytes]", recording: Recording, counters: Path) -> None:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_S)
                return
            if self._closing or self.get(recording.id) is None:
                process.terminate()
                try:
                    process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                return
            with contextlib.suppress(OSError, ValueError):  # counters may appear and disappear
                counts = read_counts(counters)
                if duration_s := counts.total(names.DURATION):
                    recording.progress = min(1.0, counts.total(names.POSITION) / duration_s)
                    recording.time_left.note(recording.progress, time.monotonic())

    def _conclude(self, recording: Recording, out: Path) -> None:
        (entry,) = Ledger(out).enter([recording.source])
        if entry.status == "done":
            recording.results, recording.status = out / entry.directory, "done"
        else:
            recording.status = "failed"
            recording.fault = entry.fault
            error = entry.error or _last_line(recording.folder / "log.txt")
            recording.error = error.replace(f"{recording.folder}/", "").replace(recording.source.name, recording.name)


def _last_line(file: Path) -> str:
    lines = file.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "expected a result, found none when the process ended"


def make_root() -> tuple[Path, int]:
    """Create the uploads' folder, locked while this process lives; remove those of processes that died."""
    for old in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # another user's, or in use
            lock = os.open(old / "lock", os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(old, ignore_errors=True)
            finally:
                os.close(lock)
    root = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return root, lock
