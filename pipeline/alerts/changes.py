"""Which alerts were raised and cleared, from the lists that frames carry."""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from msgspec.structs import replace

from pipeline.events import AlertClearedEvent, AlertRaisedEvent
from pipeline.messages import Alert, Frame


class AlertChanges:
    """Compares each frame's alerts with those before; a frame that was dropped loses nothing.

    Args:
        personal: Whether alerts that concern people are published.
    """

    def __init__(self, *, personal: bool = True) -> None:
        self._personal = personal
        self._known: dict[str, Alert] = {}

    def read(self, frame: Frame) -> Iterator[Alert]:
        """Yield the alerts that were raised, and those that were cleared, since the last frame.

        One that was raised and cleared in between is yielded twice, first as raised. After a restart of this process a
        raised one is yielded again, with the same `id`.
        """
        if frame.alerts is None:
            return
        listed = {alert.id: alert for alert in frame.alerts if self._personal or not alert.personal}
        for alert in listed.values():
            before = self._known.get(alert.id)
            self._known[alert.id] = alert
            if before is None:
                yield raised(alert)
            if alert.cleared_s and not (before and before.cleared_s):
                yield alert
        # the list of a camera is complete, that of cameras which send nothing is not in every frame
        for gone in [one for one in self._known.values() if one.camera == frame.camera and one.id not in listed]:
            del self._known[gone.id]

    def keep(self, cameras: Set[str], now_s: float) -> Iterator[Alert]:
        """Yield the raised alerts of all cameras but these as cleared now; no later frame clears them again.

        Without another camera that runs, no frame would.
        """
        for alert in [*self._known.values()]:
            if alert.camera not in cameras and not alert.cleared_s:
                self._known[alert.id] = replace(alert, cleared_s=now_s, reason="removed")
                yield self._known[alert.id]


def alert_event(alert: Alert, head: Mapping[str, Any]) -> AlertRaisedEvent | AlertClearedEvent:
    """Return the event of an alert that was raised or cleared.

    Args:
        alert: The alert.
        head: Fields of every event; `captured_at` becomes the time of the change.
    """
    fields = {
        **head,
        "captured_at": alert.cleared_s or alert.raised_s,
        "alert": alert.name,
        "id": alert.id,
        "when": alert.when,
        "text": alert.text or alert.when,
        "raised_at": alert.raised_s,
        "values": alert.values,
    }
    if not alert.cleared_s:
        return AlertRaisedEvent(**fields)
    duration_ms = round(alert.lasted_s * 1e3)
    return AlertClearedEvent(**fields, duration_ms=duration_ms, reason=alert.reason or "condition")


def raised(alert: Alert) -> Alert:
    """Return an alert as it was before it was cleared."""
    return replace(alert, cleared_s=0.0, reason=None)
