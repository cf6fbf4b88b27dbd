"""What happened lately, of all cameras: people, zones and lines, alerts, and changes of a camera's state."""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from models.over_time.episodes import Appeared, Changed, Lost
from models.zones.watch import Crossed, Entered, Left
from pipeline.messages import Alert

MOST = 2000
"""Entries that are kept; about half a megabyte."""
Kind = Literal[
    "appeared", "changed", "lost", "zone_entered", "zone_left", "line_crossed", "alert_raised", "alert_cleared", "state"
]
GROUPS: dict[str, tuple[Kind, ...]] = {
    "people": ("appeared", "changed", "lost"),
    "zones": ("zone_entered", "zone_left", "line_crossed"),
    "alerts": ("alert_raised", "alert_cleared"),
    "cameras": ("state",),
}
"""What a reader can choose, and the kinds of entries it contains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event."""

    number: int = 0
    """Counts the entries from 1, over all cameras."""
    at: float
    """When it happened, UNIX seconds."""
    camera: str
    kind: Kind
    track: int = 0
    """The person's number; 0 for what is not about one person."""
    label: str = ""
    """The label now; of a person who left the one shown longest."""
    before: str = ""
    """The label before a change."""
    seconds: float = 0.0
    """How long a person was in view or in a zone, or an alert was raised."""
    state: str = ""
    """The camera's new state."""
    zone: str = ""
    """Name of the zone or line."""
    direction: str = ""
    """`in` or `out`, of a person who crossed a line."""
    alert: str = ""
    """The alert's table in the config."""
    text: str = ""
    """What the alert says."""

    def names(self, label: str) -> bool:
        """Return whether the entry is about a label."""
        return label in (self.label, self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries a reader wants; an empty field takes all."""

    kind: str = ""
    """One of `GROUPS`."""
    camera: str = ""
    zone: str = ""
    emotion: str = ""

    def takes(self, entry: Entry) -> bool:
        """Return whether an entry is wanted."""
        return (
            (not self.kind or entry.kind in GROUPS[self.kind])
            and self.camera in ("", entry.camera)
            and self.zone in ("", entry.zone)
            and (not self.emotion or entry.names(self.emotion))
        )


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

    def happened(self, camera: str, at: float, what: Iterable["Happening"]) -> None:
        """Add what people in front of a camera did."""
        for one in what:
            self.add(_entry(camera, at, one))

    def changed(self, alert: Alert) -> None:
        """Add an alert that was raised, or cleared."""
        raised = Entry(
            at=alert.raised_s, camera=alert.camera, kind="alert_raised", alert=alert.name, text=alert.text or alert.when
        )
        if not alert.cleared_s:
            self.add(raised)
            return
        self.add(replace(raised, at=alert.cleared_s, kind="alert_cleared", seconds=alert.lasted_s))

    def after(self, number: int) -> list[Entry]:
        """Return the entries after one, oldest first; 0 returns all that are kept."""
        with self._lock:
            return [entry for entry in self._entries if entry.number > number]


Happening = Appeared | Changed | Lost | Entered | Left | Crossed


def _entry(camera: str, at: float, one: Happening) -> Entry:
    entry = Entry(at=at, camera=camera, kind="lost", track=one.track)
    match one:
        case Appeared():
            return replace(entry, kind="appeared", label=one.label)
        case Changed():
            return replace(entry, kind="changed", label=one.after, before=one.before)
        case Entered():
            return replace(entry, kind="zone_entered", zone=one.zone)
        case Left():
            return replace(entry, kind="zone_left", zone=one.zone, seconds=one.left_s - one.entered_s)
        case Crossed():
            return replace(entry, kind="line_crossed", zone=one.line, direction=one.direction)
        case Lost():
            longest = max(one.label_s, key=lambda label: one.label_s[label], default="")
            return replace(entry, label=longest, seconds=one.ended_s - one.began_s)
