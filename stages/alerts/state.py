"""The file with the state of the alerts, by which a restart repeats no message."""

import contextlib
import fcntl
import logging
import os
import time
from pathlib import Path

import msgspec

from pipeline.errors import ConfigError
from pipeline.locks import open_lock
from stages.alerts.watch import Memory

REPLACED_S = 5.0
"""Seconds to wait for the end of the process that this one replaces."""

log = logging.getLogger(__name__)


class StateFile:
    """The file, locked while this object is open.

    Args:
        path: The file; created if absent, with a lock file beside it.

    Raises:
        ConfigError: Another run holds it, or its folder cannot be written to.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._failed = False
        self._written = b""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"state: expected a file that can be written, found {path}: {error}") from error
        self._lock = open_lock(path.with_name(f"{path.name}.lock"))
        end_s = time.monotonic() + REPLACED_S
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            if time.monotonic() >= end_s:
                os.close(self._lock)
                raise ConfigError(f"state: expected a file of this run alone, found {path}, which another run uses")
            time.sleep(0.02)

    def load(self) -> Memory:
        """Return what was saved; nothing if the file is absent or unreadable, which is logged."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Memory)
        except FileNotFoundError:
            return Memory()
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            log.warning("expected the state of alerts, found %s: %s; raised alerts are raised again", self._path, error)
            return Memory()

    def save(self, memory: Memory) -> None:
        """Write the state. A full disk is logged once; the alerts continue."""
        data = msgspec.json.encode(memory)
        if data == self._written:
            return
        partial = self._path.with_name(f"{self._path.name}.partial")
        try:
            partial.write_bytes(data)
            partial.chmod(0o600)
            partial.replace(self._path)
            self._written, self._failed = data, False
        except OSError as error:
            if not self._failed:
                log.error("the state of alerts cannot be written; a restart may repeat messages: %s", error)
            self._failed = True

    def close(self) -> None:
        """Release the lock."""
        os.close(self._lock)
