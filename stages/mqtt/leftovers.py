"""Which retained messages this output has at the broker, in a file: an earlier run may have left some behind."""

import fcntl
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Set
from pathlib import Path

import msgspec

from pipeline.errors import ConfigError
from pipeline.locks import open_lock, replace_whole
from stages.mqtt.address import BrokerAddress

WAIT_S = 60.0
"""Seconds after the start, and between two looks, before anything is removed: a fleet's cameras come a little later,
and Home Assistant would forget the name that somebody has given to a device."""

log = logging.getLogger(__name__)


class Leftovers:
    """The topics of the retained messages, with the camera of each, while this run and the ones before it publish.

    The broker is not asked: a login that may read is not needed, and nobody else's messages can be meant. Where the
    file cannot be used, which is logged, nothing is remembered.

    Args:
        folder: Folder of the file; "" for none.
        address: The broker.
        topic: Prefix of all topics.
    """

    def __init__(self, folder: str, address: BrokerAddress, topic: str) -> None:
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{address.host}-{address.port}-{topic}")
        self._path = Path(folder) / f"{name}.json" if folder else None
        self._lock = -1
        self._topics: dict[str, str] = {}
        self._old: set[str] = set()
        """Those of an earlier process that this one has not published."""
        self._clearing: set[str] = set()
        self._written: dict[str, str] = {}
        self._looked_s = time.monotonic()
        try:
            self._topics = self._open() if self._path else {}
        except (OSError, ConfigError) as error:
            self._say(f"{self._path} cannot be used ({error})")
        self._old = set(self._topics)

    def note(self, camera: str, topic: str) -> None:
        """Note that a retained message of a camera is published."""
        self._topics[topic] = camera
        self._old.discard(topic)
        self._clearing.discard(topic)

    def clear(self, topics: Iterable[str]) -> None:
        """Note that messages are being removed."""
        self._clearing |= self._topics.keys() & set(topics)

    def take(self, cameras: Set[str], expected: Callable[[str], Set[str] | None]) -> dict[str, list[str]]:
        """Return what an earlier process has left and this one will not publish, once in a while: topics by camera.

        Args:
            cameras: Those of the run.
            expected: Returns the topics of a camera; None while they are not known, as of one that is paused.
        """
        if not self._old or time.monotonic() - self._looked_s < WAIT_S:
            return {}
        self._looked_s = time.monotonic()
        found: dict[str, list[str]] = {}
        for topic in sorted(self._old):
            camera = self._topics[topic]
            known = expected(camera) if camera in cameras else set()
            if known is not None and topic not in known:
                self._old.discard(topic)
                found.setdefault(camera, []).append(topic)
        return found

    def save(self, *, delivered: Callable[[], bool]) -> None:
        """Write the file, if something has changed. A full disk is logged once.

        Args:
            delivered: Returns whether the broker has confirmed all messages.
        """
        if self._clearing and delivered():
            for topic in self._clearing:
                del self._topics[topic]
            self._clearing.clear()
        if self._topics == self._written or self._path is None:
            return
        self._written = dict(self._topics)
        try:
            replace_whole(self._path, msgspec.json.encode(self._topics), ".")
        except OSError as error:
            self._say(f"{self._path} cannot be written ({error.strerror})")

    def close(self) -> None:
        """Release the file."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _open(self) -> dict[str, str]:
        assert self._path is not None
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = open_lock(self._path.with_name(f"{self._path.name}.lock"))
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError("another run with the same topic uses it") from None
        try:
            self._written = msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            pass
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            log.warning("expected topics of retained messages, found %s: %s; it is written again", self._path, error)
        return dict(self._written)

    def _say(self, why: str) -> None:
        log.warning("%s: messages of cameras that are removed later, between two runs, stay at the MQTT broker", why)
        self._path = None
