"""What happened lately, of all cameras: people who came, changed and left, and changes of a camera's state."""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from models.over_time.episodes import Appeared, Changed, Happening

MOST = 2000
"""Entries that are kept; about half a megabyte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event."""

    number: int = 0
    """Counts the entries from 1, over all cameras."""
    at: float
    """When it happened, UNIX seconds."""
    camera: str
    kind: Literal["appeared", "changed", "lost", "state"]
    track: int = 0
    """The person's number; 0 for a change of the camera's state."""
    label: str = ""
    """The label now; of a person who left the one shown longest."""
    before: str = ""
    """The label before a change."""
    seconds: float = 0.0
    """How long a person who left was in view."""
    state: str = ""
    """The camera's new state."""

    def names(self, label: str) -> bool:
        """Return whether the entry is about a label."""
        return label in (self.label, self.before)


class EventLog:
    """The latest entries. All methods are thread-safe."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MOST)
        self._count = 0
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        """Add an entry; it gets the next number."""
        with self._lock:
            self._count += 1
            self._entries.append(replace(entry, number=self._count))

    def happened(self, camera: str, at: float, what: Iterable[Happening]) -> None:
        """Add what people in front of a camera did."""
        for one in what:
            entry = Entry(at=at, camera=camera, kind="lost", track=one.track)
            if isinstance(one, Appeared):
                entry = replace(entry, kind="appeared", label=one.label)
            elif isinstance(one, Changed):
                entry = replace(entry, kind="changed", label=one.after, before=one.before)
            else:
                longest = max(one.label_s, key=lambda label: one.label_s[label], default="")
                entry = replace(entry, label=longest, seconds=one.ended_s - one.began_s)
            self.add(entry)

    def after(self, number: int) -> list[Entry]:
        """Return the entries after one, oldest first; 0 returns all that are kept."""
        with self._lock:
            return [entry for entry in self._entries if entry.number > number]
