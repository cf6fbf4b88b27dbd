"""Recordings people try out: kept for an hour, examined one after the other by `emobot batch`."""

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
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import tomlkit

from pipeline.batch.ledger import Ledger
from pipeline.batch.results import REPORT, SUMMARY, TABLE, TIMELINE, VIDEO
from pipeline.errors import ConfigError
from pipeline.messages import Fault, Language
from pipeline.metrics.camera_totals import summarize

KEEP_S = 3600.0
MOST_WAITING = 5
LOOK_S = 0.3
STOP_S = 5.0
PREFIX = "emobot-uploads-"
RESULTS = {
    "video": VIDEO,
    "table": TABLE,
    "plot": TIMELINE,
    "report": REPORT,
    "summary": SUMMARY,
}
"""What can be taken away, and in which file it is."""
TABLES = ("detect", "emotion", "overlay", "stage", "privacy", "log")

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF8", "gif"),
    (4, b"ftyp", "mp4"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
    (0, b"\x1aE\xdf\xa3", "mkv"),
    (8, b"AVI ", "avi"),
    (0, b"OggS", "ogv"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x00\x00\x01\xba", "mpg"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "wmv"),
    (188, b"G", "ts"),
)
"""Where which bytes stand in a file of each kind (the kinds' specifications, as in the magic file of file(1))."""
KINDS = "MP4, MOV, MKV, WebM, AVI, MPEG, OGV, FLV, WMV, GIF, JPEG, PNG"

# Ends with the thread that started it, and comes after the cameras, whose own processes are at 10.
_PROGRAM = (
    "import ctypes, os; ctypes.CDLL(None).prctl(1, 15); os.nice(15);"
    "from pipeline.__main__ import main; main()"
)  # fmt: skip


def kind_of(head: bytes) -> str | None:
    """Return the suffix of the kind of video or picture a file with this beginning is, None for anything else."""
    return next((kind for at, bytes_, kind in _SIGNATURES if head[at : at + len(bytes_)] == bytes_), None)


@dataclass(slots=True, kw_only=True)
class Recording:
    """One uploaded file and what became of it."""

    id: str
    """Cannot be guessed: who knows it may see the recording."""
    owner: str
    """The browser that sent it."""
    name: str
    """What its sender calls it; shown, never used as a path."""
    language: Language
    """Of its sender: results for people are written in it."""
    folder: Path
    source: Path
    expires_at: float
    status: Literal["uploading", "waiting", "working", "done", "failed"] = "uploading"
    progress: float | None = None
    """Between 0 and 1; None where unknown."""
    error: str = ""
    fault: Fault = ""
    """Of which kind that is."""
    results: Path = field(default_factory=Path)
    """Folder with what `RESULTS` names."""


class Recordings:
    """All of them, and the thread that has them examined.

    Args:
        config: Config file that says how; empty for the defaults.
        privacy: What the pictures must have of `[privacy]`, beside what the config asks for.
        now: The clock, UNIX seconds; tests replace it.

    Raises:
        ConfigError: The config file cannot be read.
    """

    def __init__(
        self,
        config: str,
        privacy: Mapping[str, bool | str] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._tables = _read_tables(config)
        self._tables.setdefault("privacy", {}).update({k: v for k, v in (privacy or {}).items() if v})
        self._now = now
        self._root, self._root_lock = _make_root()
        self._all: dict[str, Recording] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._work, daemon=True, name="recordings")
        self._thread.start()

    def begin(self, name: str, kind: str, owner: str, language: Language) -> Recording | None:
        """Make room for an upload; None where too many wait already.

        Args:
            name: What its sender calls it.
            kind: Its suffix, from `kind_of`.
            owner: The browser that sends it.
            language: Of its reader.
        """
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(name).stem)[:30].strip("_") or "recording"
        with self._lock:
            if self._unfinished() > MOST_WAITING:
                return None
            id_ = secrets.token_urlsafe(12)
            folder = self._root / id_
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
        """Return how many are not done yet."""
        with self._lock:
            return self._unfinished()

    def submit(self, recording: Recording) -> None:
        """Have an upload that is complete examined when its turn comes."""
        recording.status = "waiting"
        self._wake.set()

    def of(self, owner: str) -> list[Recording]:
        """Return what a browser has sent, newest first."""
        with self._lock:
            mine = [r for r in self._all.values() if r.owner == owner and r.status != "uploading"]
        return sorted(mine, key=lambda r: -r.expires_at)

    def get(self, id_: str) -> Recording | None:
        """Return a recording, None where it is gone."""
        with self._lock:
            return self._all.get(id_)

    def remove(self, recording: Recording) -> None:
        """Delete a recording with its results, also while it is being examined."""
        with self._lock:
            self._all.pop(recording.id, None)
        shutil.rmtree(recording.folder, ignore_errors=True)

    def close(self) -> None:
        """End the work and delete everything."""
        self._closing = True
        self._wake.set()
        self._thread.join(2 * STOP_S)
        shutil.rmtree(self._root, ignore_errors=True)
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
                self._examine(following)
            else:
                self._wake.wait(1.0)
                self._wake.clear()

    def _examine(self, recording: Recording) -> None:
        recording.status = "working"
        out = recording.folder / "out"
        # sockets and frames on a tmpfs, under a prefix that the next run sweeps if this process is killed
        place = Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir())
        place /= f"emobot-{recording.id}"
        try:
            config = recording.folder / "config.toml"
            config.write_text(tomlkit.dumps({**self._tables, "run": {"dir": str(place)}}), "utf-8")
            arguments = ["batch", recording.source, "--out", out, "--jobs", "1", "--config", config]
            arguments += ["--language", recording.language]
            with (recording.folder / "log.txt").open("wb") as output:
                process = subprocess.Popen(
                    [sys.executable, "-c", _PROGRAM, *map(str, arguments)],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={k: v for k, v in os.environ.items() if k != "PROMETHEUS_MULTIPROC_DIR"},
                )
                self._follow(process, recording, place / "metrics")
            self._conclude(recording, out)
        except OSError as error:
            # also where the recording was deleted meanwhile
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
            with contextlib.suppress(OSError, ValueError):  # counters that come and go
                for camera in summarize(counters):
                    if camera.duration_s:
                        recording.progress = min(1.0, camera.position_s / camera.duration_s)

    def _conclude(self, recording: Recording, out: Path) -> None:
        (entry,) = Ledger(out).enter([recording.source])
        if entry.status == "done":
            recording.results, recording.status = out / entry.directory, "done"
        else:
            recording.status = "failed"
            recording.fault = entry.fault
            error = entry.error or _last_line(recording.folder / "log.txt")
            recording.error = error.replace(f"{recording.folder}/", "").replace(recording.source.name, recording.name)


def _read_tables(config: str) -> dict[str, Any]:
    if not config:
        return {"log": {"level": "warning"}}
    try:
        raw = tomllib.loads(Path(config).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"config: expected a readable config file, found {config}: {error}") from error
    return {name: table for name, table in raw.items() if name in TABLES}


def _last_line(file: Path) -> str:
    lines = file.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "expected a result, found that the process ended without one"


def _make_root() -> tuple[Path, int]:
    """Make the folder of the uploads, locked as long as this process lives; remove those of processes that died."""
    for old in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # somebody else's, or in use
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
