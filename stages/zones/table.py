"""The table of what happened in the zones of a recording or camera."""

from collections.abc import Iterable
from csv import writer
from pathlib import Path

from models.zones.watch import Crossed, Happening, Left
from pipeline.batch.results import ZONE_COLUMNS, ZONE_TABLE
from pipeline.messages import Frame
from stages.zones.watching import CameraZones


class ZoneTable:
    """Writes `zones.csv` of one stream: a row for each visit of a zone, when it ends, and for each crossed line.

    Args:
        folder: Folder of the stream's results. The file has a `.partial` name until it is renamed; without zones there
            is none.
    """

    def __init__(self, folder: Path) -> None:
        self._partial = folder / f"{ZONE_TABLE}.partial"
        for path in (folder / ZONE_TABLE, self._partial):
            path.unlink(missing_ok=True)
        self._zones = CameraZones()
        self._began = False

    def see(self, frame: Frame) -> None:
        """Add what happened in a frame, whose tracks are those of the other tables."""
        if frame.zones and not self._began:
            self._began = True
            self._write([ZONE_COLUMNS])
        self._add(self._zones.see(frame))

    def restart(self) -> None:
        """Let everybody leave: other people follow."""
        self._add(self._zones.end())

    @property
    def names(self) -> list[str]:
        """Return the names of the files once they are complete."""
        return [ZONE_TABLE] if self._began else []

    def discard(self) -> None:
        """Remove the file."""
        self._partial.unlink(missing_ok=True)

    def _add(self, happenings: Iterable[Happening]) -> None:
        rows: list[tuple[object, ...]] = []
        for one in happenings:
            if isinstance(one, Crossed):
                at_ms = f"{one.time_s * 1e3:.3f}"
                rows.append((one.line, "crossing", one.track, at_ms, at_ms, "", one.direction))
            elif isinstance(one, Left):
                times = (f"{one.entered_s * 1e3:.3f}", f"{one.left_s * 1e3:.3f}")
                rows.append((one.zone, "visit", one.track, *times, f"{one.left_s - one.entered_s:.3f}", ""))
        if rows:
            self._write(rows)

    def _write(self, rows: Iterable[tuple[object, ...]]) -> None:
        # visits end seldom: the file need not stay open
        with self._partial.open("a", encoding="utf-8", newline="") as file:
            writer(file, lineterminator="\n").writerows(rows)
