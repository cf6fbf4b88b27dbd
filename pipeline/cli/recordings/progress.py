"""Progress bars of `emobot batch`: one for each file in work."""

import time

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from pipeline.batch.fetching import Cameras
from pipeline.batch.ledger import Entry
from pipeline.metrics.camera_totals import CameraSummary

REFRESH_S = 0.5
"""Seconds between updates of the progress bars."""


def columns() -> list[ProgressColumn]:
    """Return the columns of a progress bar; file names are printed unchanged."""
    return [
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[fps]:>6.1f} fps"),
        TimeRemainingColumn(),
    ]


class Display:
    """Shows a progress bar per file in work."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}
        self._next = 0.0

    def __call__(self, cameras: Cameras, names: dict[str, Entry]) -> None:
        """Update the bars every `REFRESH_S`."""
        if self._progress.disable or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + REFRESH_S
        for camera in cameras():
            if entry := names.get(camera.camera):
                self._update(entry, camera)

    def _update(self, entry: Entry, camera: CameraSummary) -> None:
        bar = self._bars.get(entry.source)
        total = camera.duration_s or None
        if bar is None:
            bar = self._bars[entry.source] = self._progress.add_task(entry.directory, total=total, fps=0.0)
        done = entry.status in ("done", "failed")
        at = total if done and total else min(camera.position_s, total or camera.position_s)
        self._progress.update(bar, completed=at, total=total, fps=camera.fps, visible=not done)
