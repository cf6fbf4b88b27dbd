"""Who is before a camera now, learnt from its events: what a broker keeps for those who come later."""

from collections import Counter

import msgspec

from pipeline.events import VERSION, AggregateEvent, AnyEvent, AppearedEvent, CameraEvent, ChangedEvent, LostEvent


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Who is before a camera; where only sums are told, who was in the last period."""

    v: int = VERSION
    camera: str
    people: int | None = None
    """How many; null while the camera is not live."""
    emotion: str | None = None
    """What most of them show, among as many what was shown first; `uncertain` is one, too. Null where nobody is."""
    captured_at: float = 0.0
    """When the picture that says so arrived, UNIX seconds."""


class Presence:
    """What is known of one camera.

    Args:
        camera: Its name.
    """

    def __init__(self, camera: str) -> None:
        self.state: CameraEvent | None = None
        """What it does; None before that was said."""
        self.people = People(camera=camera)
        self._labels: dict[int, str] = {}
        self._sum: AggregateEvent | None = None

    def take(self, event: AnyEvent) -> bool:
        """Take an event in; return whether there are more or fewer people, or another emotion."""
        match event:
            case CameraEvent():
                self.state = event
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
        people, shown = len(self._labels), Counter[str](self._labels.values())
        if self._sum is not None:
            people, shown = self._sum.people, Counter(self._sum.emotions_ms)
        live = self.state is not None and self.state.state == "live"
        return People(
            camera=event.camera,
            people=people if live else None,
            emotion=max(shown, key=shown.__getitem__) if live and shown else None,
            captured_at=event.captured_at,
        )
