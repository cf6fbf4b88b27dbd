"""Rows for a history."""

from pathlib import Path

from pipeline.history.read import EventRow, MinuteRow, read_history


def event(at: float, camera: str = "hall", detail: str = "") -> EventRow:
    """Return some event."""
    return EventRow(
        at=at,
        camera=camera,
        run=5,
        since=6,
        track=3,
        type="changed",
        before="sad",
        after="happy",
        seconds=0.0,
        detail=detail,
    )


def minute(at: int, looks: int = 2, confidence: float = 0.5, happy: float = 1.0, **more: int | str) -> MinuteRow:
    """Return some minute."""
    values = {"camera": "hall", "run": 5, "since": 6, "track": 3, "people": 1, **more}
    return MinuteRow(at=at, looks=looks, confidence=confidence, seconds={"happy": happy}, **values)  # type: ignore[arg-type]


def all_rows(path: Path) -> tuple[list[object], list[object]]:
    """Return events and minutes."""
    return list(read_history(path, "events")), list(read_history(path, "minutes"))
