"""The row of an alert that was raised or cleared."""

from msgspec.structs import replace

from pipeline.history.read import EventRow
from pipeline.messages import Alert


def alert_row(alert: Alert, run: int, since: int) -> EventRow:
    """Return an alert as a history keeps it.

    Args:
        alert: The alert, raised or cleared.
        run: Start of the camera's process whose frame tells it, UNIX milliseconds.
        since: Start of that camera's track numbering, UNIX milliseconds.
    """
    row = EventRow(
        at=alert.raised_s,
        camera=alert.camera,
        run=run,
        since=since,
        type="alert_raised",
        before=alert.name,
        detail=alert.when,
    )
    if not alert.cleared_s:
        return row
    seconds = round(alert.lasted_s, 3)
    return replace(row, at=alert.cleared_s, type="alert_cleared", after=alert.reason or "", seconds=seconds)
