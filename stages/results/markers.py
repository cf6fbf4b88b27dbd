"""Reads `markers.csv`, which people may have saved in a spreadsheet."""

from math import isfinite
from pathlib import Path

from pipeline.batch.results import MARKER_COLUMNS, MARKERS, Marker
from stages.results.given import Mistakes, Row, read_given


def read_markers(folder: Path) -> list[tuple[float, Marker]]:
    """Return the position in milliseconds and the marker of each row of `markers.csv`; none without the file.

    Raises:
        InputError: The file is no table of markers. A line for each mistake: expected, found, row and file.
    """
    path = folder / MARKERS
    if not path.exists():
        return []
    mistakes = Mistakes()
    table = read_given(path, MARKER_COLUMNS, mistakes)
    rows = [(_number(row, "pts_ms", mistakes), _number(row, "at", mistakes), row) for row in table.rows]
    for row in table.rows:
        if not row.cells.keys() >= set(MARKER_COLUMNS):
            mistakes.add(f"{len(MARKER_COLUMNS)} cells", str(len(row.cells)), row.where)
    mistakes.raise_if_any()
    return [(pts_ms, Marker(at, row.get("stream"), row.get("marker"))) for pts_ms, at, row in rows]


def _number(row: Row, column: str, mistakes: Mistakes) -> float:
    text = row.get(column)
    try:
        number = float(text.replace(",", "."))  # spreadsheets of many countries write decimal commas
        if isfinite(number):
            return number
    except ValueError:
        pass
    mistakes.add(f"a number as {column}", repr(text) if text else "nothing", row.where)
    return 0.0
