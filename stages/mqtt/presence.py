"""Who is in front of a camera now, from its events: the retained state for later subscribers."""

from collections import Counter
from collections.abc import Mapping

import msgspec

from pipeline.events import VERSION, AggregateEvent, AnyEvent, AppearedEvent, CameraEvent, ChangedEvent, LostEvent


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Who is in front of a camera; with `aggregate_only`, who was in the last period."""

    v: int = VERSION
    camera: str
    people: int | None = None
    """Number of people; null while the camera is not live, before the first sum, and if a sum concerns too few."""
    emotion: str | None = None
    """The most frequent label, including `uncertain`; on a tie, that of the person who came first. Null when no one is
    present or `people` is null. Of a sum, the label that was shown longest."""
    captured_at: float = 0.0
    """Arrival time of the frame that shows this, or that ended the period, UNIX seconds."""


class Presence:
    """The state of one camera.

    Args:
        camera: Its name.
        sums: Whether only sums are published.
    """

    def __init__(self, camera: str, *, sums: bool = False) -> None:
        self.state: CameraEvent | None = None
        """Its last state event; None before the first."""
        self.people = People(camera=camera)
        self._labels: dict[int, str] = {}
        self._sums = sums
        self._sum: AggregateEvent | None = None

    def take(self, event: AnyEvent) -> bool:
        """Process an event; return whether the number of people or the emotion has changed."""
        match event:
            case CameraEvent():
                self.state = event
                if event.state != "live":  # the last sum predates the interruption
                    self._sum = None
            case AppearedEvent():
                self._labels[event.track] = event.label
            case ChangedEvent():
                self._labels[event.track] = event.after
            case LostEvent():
                self._labels.pop(event.track, None)
            case AggregateEvent():
                self._sum = event
        before, self.people = self.people, self._now(event)
        return (before.people, before.emotion) != (self.people.people, self.people.emotion)

    def _now(self, event: AnyEvent) -> People:
        if self.state is None or self.state.state != "live" or (self._sums and self._sum is None):
            return People(camera=event.camera, captured_at=event.captured_at)
        if self._sum is not None:
            return _people(self._sum, self._sum.people, self._sum.emotions_ms)
        return _people(event, len(self._labels), Counter(self._labels.values()))


def _people(event: AnyEvent, people: int | None, shown: Mapping[str, float]) -> People:
    most = max(shown, key=shown.__getitem__) if shown else None
    return People(camera=event.camera, people=people, emotion=most, captured_at=event.captured_at)
