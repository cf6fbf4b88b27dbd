"""A history stage with a clock set by its frames, and frames for it."""

from pathlib import Path
from typing import Any

from pipeline.history.read import EventRow, MinuteRow, read_history
from pipeline.messages import Box, Face, Frame, Label
from stages.history import HistoryFile

RUN = 7_000_000


class Kept:
    """A stage whose clock is the frames', and what is in its file."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.path = path
        self.stage = HistoryFile(path=str(path), **options)
        self.clock = 0.0
        self.stage.now = lambda: self.clock

    def see(self, *frames: Frame) -> None:
        """Let the stage see frames one by one."""
        for one in frames:
            self.clock = one.captured_ns / 1e9
            assert list(self.stage.process([one])) == []

    def events(self) -> list[tuple[float, str, str, str]]:
        """Return time, type and labels of the events in the file."""
        found = [row for row in read_history(self.path, "events") if isinstance(row, EventRow)]
        return [(row.at, row.type, row.before, row.after) for row in found]

    def minutes(self) -> list[MinuteRow]:
        """Return the minutes in the file."""
        return [row for row in read_history(self.path, "minutes") if isinstance(row, MinuteRow)]


def frame(at_s: float, *people: tuple[int, Label], **more: Any) -> Frame:
    """Return a live frame with people."""
    faces = tuple(
        Face(track=track, box=Box(x=1, y=1, width=9, height=9), score=0.9, label=label, confidence=0.6)
        for track, label in people
    )
    values: dict[str, Any] = {"camera": "hall", "run": RUN, "pts_ns": int(at_s * 1e9), **more}
    return Frame(captured_ns=int(at_s * 1e9), faces=faces, **values)
