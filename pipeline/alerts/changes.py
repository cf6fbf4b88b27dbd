"""Which alerts were raised and cleared, from the lists that frames carry."""

from collections.abc import Iterator

from msgspec.structs import replace

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


def raised(alert: Alert) -> Alert:
    """Return an alert as it was before it was cleared."""
    return replace(alert, cleared_s=0.0, reason=None)
