"""Who is before a camera now, learnt from its events: what a broker keeps for those who come later."""

from collections import Counter
from collections.abc import Mapping

import msgspec

from pipeline.events import VERSION, AggregateEvent, AnyEvent, AppearedEvent, CameraEvent, ChangedEvent, LostEvent


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Who is before a camera; where only sums are told, who was in the last period."""

    v: int = VERSION
    camera: str
    people: int | None = None
    """How many; null while the camera is not live, and before there is a sum."""
    emotion: str | None = None
    """What most of them show, of as many what whoever came first shows; `uncertain` is one, too. Null where nobody is.
    Of a sum, what was shown longest."""
    captured_at: float = 0.0
    """When the picture arrived that says so, or that ended the period, UNIX seconds."""


class Presence:
    """What is known of one camera.

    Args:
        camera: Its name.
        sums: Whether sums alone are told.
    """

    def __init__(self, camera: str, *, sums: bool = False) -> None:
        self.state: CameraEvent | None = None
        """What it does; None before that was said."""
        self.people = People(camera=camera)
        self._labels: dict[int, str] = {}
        self._sums = sums
        self._sum: AggregateEvent | None = None

    def take(self, event: AnyEvent) -> bool:
        """Take an event in; return whether there are more or fewer people, or another emotion."""
        match event:
            case CameraEvent():
                self.state = event
                if event.state != "live":  # of before it went away
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


def _people(event: AnyEvent, people: int, shown: Mapping[str, float]) -> People:
    most = max(shown, key=shown.__getitem__) if shown else None
    return People(camera=event.camera, people=people, emotion=most, captured_at=event.captured_at)
