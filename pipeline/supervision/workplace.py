"""The directory of a run, with its sockets, frames and counters, on a tmpfs; removed when the run ends."""

import fcntl
import os
import secrets
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import ConfigError

PREFIX = "emobot-"
LINK_PREFIX = "emobot.link-"
"""Prefix of links to the directories named in configs (`[run] dir`), by which those runs are found."""
LOOK_S = 0.2
"""Seconds to retry a lock; a process that lists the runs holds it briefly."""


class Workplace:
    """Creates the directory and removes it at the end; also removes those of killed runs.

    Args:
        path: The directory; empty for a new one in /dev/shm, or in the temporary directory without /dev/shm.

    Raises:
        ConfigError: The directory cannot be made, or another run uses it.
    """

    def __init__(self, path: str = "") -> None:
        root = tmpfs()
        sweep()
        try:
            if path:
                self.path = Path(path).absolute()
            else:
                # a name that no other process can have created
                self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=root))
            self._lock = _hold(self.path)
        except BlockingIOError as error:
            raise ConfigError(f"[run] dir: expected a directory for this run, found {self.path} in use") from error
        except OSError as error:
            raise ConfigError(f"[run] dir: expected a directory to write to, found {path or root}: {error}") from error
        _empty(self.path)
        (self.path / "metrics").mkdir()
        self._link = _link(root, self.path) if path else None

    @property
    def is_removed(self) -> bool:
        """Return whether somebody has removed its files, without which no process can be started."""
        return os.fstat(self._lock).st_nlink == 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._link:
            self._link.unlink(missing_ok=True)
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def running() -> list[Path]:
    """Return the directories of the active runs on this machine."""
    root = tmpfs()
    found = [*sorted(root.glob(f"{PREFIX}*")), *map(_target, sorted(root.glob(f"{LINK_PREFIX}*")))]
    return [path for path in dict.fromkeys(found) if _is_ours(path) and is_locked(path)]


def tmpfs() -> Path:
    """Return the folder for the directories of runs: /dev/shm, or the temporary directory if that is not writable."""
    return Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path(tempfile.gettempdir())


def _link(root: Path, directory: Path) -> Path | None:
    """Create the link by which a run in a directory named by its config is found."""
    link = root / f"{LINK_PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
    try:
        link.symlink_to(directory)
    except OSError:
        return None  # it is found by --dir alone
    return link


def _target(path: Path) -> Path:
    """Return the target of a link; the path itself if it is no link or was just removed."""
    # not opened through the link: in /dev/shm the kernel refuses to follow other users' links, even for root
    try:
        return path.readlink()
    except OSError:
        return path


def _is_ours(path: Path) -> bool:
    try:
        return os.geteuid() in (0, path.stat().st_uid)
    except OSError:  # just removed
        return False


def is_locked(path: Path) -> bool:
    """Return whether a run holds the lock of a directory."""
    try:
        os.close(_take(path))
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def _take(path: Path, flags: int = 0) -> int:
    """Acquire the lock of a run's directory and return its descriptor.

    Raises:
        BlockingIOError: A run holds it, or another process checks whether one does.
        FileNotFoundError: There is no lock, or it was removed meanwhile.
    """
    lock = os.open(path / "lock", os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(lock), (path / "lock").stat()):
            raise FileNotFoundError(path / "lock")
    except OSError:
        os.close(lock)
        raise
    return lock


def _hold(path: Path) -> int:
    """Create the directory if it is absent, acquire its lock and return the lock's descriptor.

    Raises:
        BlockingIOError: Another run holds the lock.
        OSError: The directory cannot be made.
    """
    give_up_s = time.monotonic() + LOOK_S
    while True:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            return _take(path, os.O_CREAT)
        except FileNotFoundError:
            pass  # another run's start removed the directory before it was locked
        except BlockingIOError:
            if time.monotonic() > give_up_s:
                raise
        time.sleep(0.01)


def sweep() -> None:
    """Remove the directories of killed runs, which are no longer locked, and the links to them."""
    root = tmpfs()
    for path in root.glob(f"{PREFIX}*"):
        try:
            lock = _take(path)
        except OSError:
            continue  # its run is active, it is being created or removed, or it belongs to another user
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)
    for link in root.glob(f"{LINK_PREFIX}*"):
        # a directory that a user named stays; only the link to it is removed
        if not is_locked(_target(link)):
            with suppress(OSError):
                link.unlink()


def _empty(path: Path) -> None:
    """Remove an earlier run's files from a directory that a user named; nothing else, in case it is the wrong one."""
    for old in [*path.glob("*.ring"), *path.glob("ready"), *(p for p in path.iterdir() if p.is_socket())]:
        old.unlink()
    shutil.rmtree(path / "metrics", ignore_errors=True)
