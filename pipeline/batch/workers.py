"""The batch processes that work in one output folder.

Each has a folder of its own in `.partial` for incomplete results, and holds the lock in it while it lives. So the
others notice at once that a process died, even by `kill -9`, and take over its files.

Some file systems keep locks within one machine. So a process also renews the time of its lock file, and one of another
machine counts as dead only once its lock is free and this time is old.
"""

import fcntl
import os
import secrets
import shutil
import socket
import tempfile
import threading
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

import msgspec

from pipeline.batch.journal import JOURNAL, last_position_s
from pipeline.errors import ConfigError
from pipeline.locks import is_locked, open_lock
from pipeline.messages import Language

WORK = ".partial"
"""Folder inside the output folder for incomplete results."""
LOCK = "lock"
KEPT = "kept"
"""Folder inside `WORK` for the journals of interrupted processes, so that the next one continues there."""
CLAIM = "claim.json"
REPLACED = ".replaced"
"""Folder inside a process's folder for results while new ones take their place; no recording's folder has a dot."""
RENEW_S = 10.0
"""Seconds between renewals of the time of a lock file."""
SILENT_S = 60.0
"""Seconds without a renewal after which a process of another machine without a lock is dead: six renewals."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Options of a batch process; all processes in one folder must have the same."""

    options: str
    """Hash of the options of the stages, of `[privacy]` and of the requested result files."""
    language: Language


class _Presence(Settings, frozen=True, kw_only=True):
    """What is in a lock file."""

    kernel: str = ""
    """Which machine, since its last start: locks are valid there in any case."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Which recording a journal is about, and how it was processed."""

    source: str
    fingerprint: str
    options: str


class Worker:
    """This process's place in an output folder. Created and closed under the ledger's lock.

    Args:
        out: The output folder.
        settings: Its options.

    Raises:
        ConfigError: The folder cannot be written to, or another process works in it with other options.
    """

    def __init__(self, out: Path, settings: Settings) -> None:
        for name, theirs in living(out).items():
            if theirs != settings:
                raise ConfigError(
                    f"expected the options of the batch that runs in {out} ({name}), found others: wait for"
                    " it to end, or choose another --out"
                )
        host = "".join(c if c.isalnum() else "_" for c in socket.gethostname())
        self.name = f"{host}-{os.getpid()}-{secrets.token_hex(3)}"
        self.folder = out / WORK / self.name
        try:
            self.folder.mkdir(parents=True)
        except OSError as error:
            raise ConfigError(f"expected a folder that can be written to, found {out}: {error.strerror}") from error
        self._lock = open_lock(self.folder / LOCK)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        presence = _Presence(options=settings.options, language=settings.language, kernel=_kernel())
        os.write(self._lock, msgspec.json.encode(presence))
        self._closed = threading.Event()
        self._renewing = threading.Thread(target=self._renew, daemon=True, name="presence")
        self._renewing.start()

    def note(self, name: str, claim: Claim) -> None:
        """Note which recording a folder of incomplete results is about."""
        (self.folder / f"{name}.{CLAIM}").write_bytes(msgspec.json.encode(claim))

    def adopt(self, name: str, claim: Claim) -> float | None:
        """Take over the journal of a recording; return the position where it ends, seconds, None without one.

        A journal of another version of the file, or made with other options, is removed.
        """
        place = _kept_place(self.folder.parent, claim.source)
        with suppress(OSError, msgspec.MsgspecError):
            known = msgspec.json.decode((place / CLAIM).read_bytes(), type=Claim)
            position_s = last_position_s(place) if known == claim else None
            if position_s is not None:
                # with the note, what is not begun when this process ends is kept again
                (place / CLAIM).rename(self.folder / f"{name}.{CLAIM}")
                place.rename(self.folder / name)
                return position_s
        self.forget(claim)
        return None

    def forget(self, claim: Claim) -> None:
        """Remove the journal of a recording that starts at its beginning."""
        shutil.rmtree(_kept_place(self.folder.parent, claim.source), ignore_errors=True)

    def empty(self) -> None:
        """Remove the contents of its folder."""
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)

    def close(self) -> None:
        """Remove its folder, and its lock last; keep what another process can continue."""
        self._closed.set()
        self._renewing.join()
        _keep(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)

    def _renew(self) -> None:
        while not self._closed.wait(RENEW_S):
            with suppress(OSError):
                os.utime(self._lock)


def is_alive(out: Path, name: str) -> bool:
    """Return whether a process still works in an output folder."""
    lock = out / WORK / name / LOCK
    return bool(name) and (is_locked(lock) or _is_renewed(lock))


def _is_renewed(lock: Path) -> bool:
    """Return whether a process of another machine has renewed its lock file lately."""
    with suppress(OSError, msgspec.MsgspecError):
        presence = msgspec.json.decode(lock.read_bytes(), type=_Presence)
        return presence.kernel != _kernel() and lock.stat().st_mtime > _now_at(lock) - SILENT_S
    return False


def _now_at(lock: Path) -> float:
    """Return the time by the clock of the file system, in UNIX seconds; each machine's own may be wrong."""
    with tempfile.TemporaryFile(dir=lock.parent.parent) as file:
        return os.fstat(file.fileno()).st_mtime


@cache
def _kernel() -> str:
    """Return what tells this machine from others, and from itself before it started last."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return socket.gethostname()


def living(out: Path) -> dict[str, Settings]:
    """Return the options of each living process in an output folder, by process name."""
    found = {}
    for folder in sorted((out / WORK).glob("*")):
        with suppress(OSError, msgspec.MsgspecError):
            if is_alive(out, folder.name):
                found[folder.name] = msgspec.json.decode((folder / LOCK).read_bytes(), type=Settings)
    return found


def sweep(out: Path) -> None:
    """Remove the folders of dead processes, and `.partial` itself once it is empty.

    Their journals are kept.
    """
    for path in (out / WORK).glob("*"):
        if path.name != KEPT and not is_alive(out, path.name):
            _keep(path)
            shutil.rmtree(path, ignore_errors=True)
    for folder in (out / WORK / KEPT, out / WORK):
        with suppress(OSError):
            folder.rmdir()


def _kept_place(partial: Path, source: str) -> Path:
    return partial / KEPT / sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _keep(work: Path) -> None:
    """Put back results whose new ones are not in place, and move journals to where the next process finds them."""
    for old in work.glob(f"{REPLACED}/*"):
        if not (place := work.parent.parent / old.name).exists():
            old.rename(place)
    for journal in work.glob(f"*/{JOURNAL}"):
        note = work / f"{journal.parent.name}.{CLAIM}"
        with suppress(OSError, msgspec.MsgspecError):
            place = _kept_place(work.parent, msgspec.json.decode(note.read_bytes(), type=Claim).source)
            place.parent.mkdir(exist_ok=True)
            shutil.rmtree(place, ignore_errors=True)
            journal.parent.rename(place)
            note.rename(place / CLAIM)
