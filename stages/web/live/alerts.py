"""The alerts that are raised now; the sink writes them, the page shows them."""

import threading
from collections.abc import Set

from msgspec.structs import replace

from pipeline.messages import Alert, Frame
from stages.web.live.event_log import EventLog


class AlertBoard:
    """Raised alerts of all cameras. All methods are thread-safe.

    Args:
        events: Receives each alert that is raised or cleared.
    """

    def __init__(self, events: EventLog) -> None:
        self.present = False
        """Whether the run has a stage that raises alerts."""
        self._events = events
        self._raised: dict[str, Alert] = {}
        self._lock = threading.Lock()

    def take(self, frame: Frame) -> None:
        """Record the alerts of a frame."""
        if frame.alerts is None:
            return
        self.present = True
        with self._lock:
            before = self._raised
            # a camera's own list is complete; of the others it has those that are silent
            kept = {id_: alert for id_, alert in before.items() if alert.camera != frame.camera}
            for alert in frame.alerts:
                kept.pop(alert.id, None)
                if not alert.cleared_s:
                    kept[alert.id] = alert
                # a cleared alert is in the frames of a moment
                if (alert.id in before) == bool(alert.cleared_s):
                    self._events.changed(alert)
            self._raised = kept

    def keep(self, cameras: Set[str], now_s: float) -> None:
        """Remove and log the alerts of all cameras but these; a frame that clears them later is nothing new."""
        with self._lock:
            for gone in [alert for alert in self._raised.values() if alert.camera not in cameras]:
                del self._raised[gone.id]
                self._events.changed(replace(gone, cleared_s=now_s, reason="removed"))

    def raised(self) -> list[Alert]:
        """Return the raised alerts, the newest first."""
        with self._lock:
            return sorted(self._raised.values(), key=lambda alert: alert.raised_s, reverse=True)
