"""The table of the markers that arrived while a live camera was watched."""

from collections.abc import Iterable
from csv import writer
from pathlib import Path
from typing import Any, TextIO

from pipeline.batch.results import MARKER_COLUMNS, MARKERS, Marker
from pipeline.messages import Frame

MOST_DRAWN = 1000
"""Maximum number of markers kept for the timeline; further ones are in the table only."""
MOST_WAITING = 10_000
"""Markers that wait for the camera's next frame; more are written by the last one."""


class MarkerTable:
    """Writes `markers.csv` of one live camera: where in its stream each marker was, by the frames around it.

    Args:
        folder: Folder of the camera's results. The file has a `.partial` name until it is renamed; without a marker
            there is none.
    """

    def __init__(self, folder: Path) -> None:
        self._partial = folder / f"{MARKERS}.partial"
        for path in (folder / MARKERS, self._partial):
            path.unlink(missing_ok=True)
        self._file: TextIO | None = None
        self._rows: Any = None
        self._waiting: list[Marker] = []
        self._first_s: float | None = None
        self._start_s = 0.0
        self.drawn: list[tuple[float, str]] = []
        """Position in seconds and text of the first `MOST_DRAWN` markers."""

    def add(self, markers: Iterable[Marker]) -> None:
        """Add markers that were received; those older than the first frame are ignored."""
        self._waiting += markers
        if len(self._waiting) > MOST_WAITING:
            # the camera has been offline for long
            self._write(self._waiting)
            self._waiting = []

    def see(self, frame: Frame) -> None:
        """Write the markers up to a live frame, in order of time."""
        captured_s = frame.captured_ns / 1e9
        if self._first_s is None:
            self._first_s = captured_s
        self._start_s = captured_s - frame.pts_ns / 1e9
        if self._waiting:
            self._write([marker for marker in self._waiting if marker.at <= captured_s])
            self._waiting = [marker for marker in self._waiting if marker.at > captured_s]

    @property
    def names(self) -> list[str]:
        """Return the names of the files once they are complete."""
        return [MARKERS] if self._file else []

    def close(self) -> None:
        """Write the markers after the last frame."""
        self._write(self._waiting)
        if self._file:
            self._file.close()

    def discard(self) -> None:
        """Remove the file."""
        if self._file:
            self._file.close()
        self._partial.unlink(missing_ok=True)

    def _write(self, markers: list[Marker]) -> None:
        first_s = self._first_s
        known = [] if first_s is None else sorted(marker for marker in markers if marker.at >= first_s)
        if known and self._file is None:
            self._file = self._partial.open("w", encoding="utf-8", newline="")
            self._rows = writer(self._file, lineterminator="\n")
            self._rows.writerow(MARKER_COLUMNS)
        for marker in known:
            pts_s = marker.at - self._start_s
            self._rows.writerow((f"{pts_s * 1e3:.3f}", f"{marker.at:.6f}", marker.stream, marker.text))
            if len(self.drawn) < MOST_DRAWN:
                self.drawn.append((pts_s, marker.text))
        if known and self._file:
            # they are few, and a kill must not cost them
            self._file.flush()
