"""What `[landmarks]` measured of one person in a recording as an ECharts chart: pose above, openings below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.display.palette import PALETTE
from stages.results.reading import Results
from stages.web.charts.charts import MOST_POINTS, NUMBERS_PX, TOOLTIPS, time_axis, zoom_by
from stages.web.charts.marks import mark_lines
from stages.web.visitor import Reader

ANGLES, OPENINGS = ("yaw", "pitch", "roll"), ("eye_left", "eye_right", "mouth")
"""Columns of `faces.csv` in the two parts of the chart."""
COLOURS = {"yaw": "sad", "pitch": "happy", "roll": "surprise", "eye_left": "fear", "eye_right": "disgust"}
"""Colours of the lines, those of emotions, which people can tell apart; that of the mouth is `angry`."""
HEIGHT_PX = 380
GAP_S = 0.5
"""Seconds without a measurement that are a hole in the lines."""
_INK, _MUTED, _LINE = (f"emobotColour('{name}')" for name in ("ink", "muted", "line"))


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of `n` faces.

    Attributes:
        person: Their people, `int64[n]`.
        time_s: Their times, `float64[n]`.
        values: Columns by name, `float64[n]`; NaN where nothing was measured.
    """

    person: NDArray[np.int64]
    time_s: NDArray[np.float64]
    values: Mapping[str, NDArray[np.float64]]

    @classmethod
    def of(cls, results: Results) -> "Measures | None":
        """Return what was measured in a recording; None without `[landmarks]`."""
        facing = results.extra.get("facing")
        if facing is None or np.isnan(facing).all():
            return None
        values = {name: results.extra[name] for name in (*ANGLES, *OPENINGS) if name in results.extra}
        return cls(results.track, results.pts_ms / 1e3, values)


def measures_options(
    reader: Reader,
    measures: Measures,
    *,
    person: int,
    name: str,
    span: tuple[float, float],
    marks: Sequence[tuple[float, str]] = (),
) -> dict[str, Any]:
    """Describe a chart of one person.

    Args:
        reader: The page's reader.
        measures: What was measured.
        person: The person.
        name: Their name.
        span: First and last second of the time axis.
        marks: Time in seconds and text of the markers of other programs.
    """
    scale = 1e3
    axis = time_axis(span, of_day=False)
    values = {"type": "value", "axisLabel": {":color": _MUTED}, "splitLine": {"lineStyle": {":color": _LINE}}}
    lines = [
        _line(reader, measures, person, column, part, scale)
        for part, columns in enumerate((ANGLES, OPENINGS))
        for column in columns
        if column in measures.values
    ]
    for part in (0, 1):
        first = next((line for line in lines if line["xAxisIndex"] == part), None)
        if first:
            first |= mark_lines(marks, scale, named=part == 0)
    return {
        "animation": False,
        "useUTC": True,
        "textStyle": {"fontFamily": "Roboto"},
        "aria": {"enabled": True, "label": {"description": reader("measures_of", person=name)}},
        "grid": [
            {"left": NUMBERS_PX, "right": 16, "top": 32, "height": 130},
            {"left": NUMBERS_PX, "right": 16, "top": 186, "height": 110},
        ],
        "legend": {"type": "scroll", "top": 0, "left": 0, "icon": "roundRect", "textStyle": {":color": _INK}},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "appendTo": TOOLTIPS,
            ":formatter": "list => emobotClock(list[0].value[0] / 1000) + list.filter(p => p.value[1] != null)"
            ".map(p => `<br>${p.marker}${p.seriesName}&nbsp; <b>${p.value[1]}</b>`).join('')",
        },
        "xAxis": [
            {**axis, "gridIndex": 0, "axisLabel": {"show": False}, "axisTick": {"show": False}},
            {**axis, "gridIndex": 1},
        ],
        "yAxis": [
            {**values, "gridIndex": 0, "min": -90, "max": 90, "interval": 45},
            {**values, "gridIndex": 1, "min": 0, "splitNumber": 3},
        ],
        "dataZoom": zoom_by(xAxisIndex=[0, 1]),
        "series": lines,
    }


def _line(reader: Reader, measures: Measures, person: int, column: str, part: int, scale: float) -> dict[str, Any]:
    mine = np.flatnonzero((measures.person == person) & ~np.isnan(measures.values[column]))
    # a turned pose may be written as 190 degrees; the axis ends at 90
    values = np.clip(measures.values[column][mine], -90, 90) if part == 0 else measures.values[column][mine]
    times = measures.time_s[mine]
    holes = np.flatnonzero(np.diff(times) > GAP_S) + 1
    step = -(-len(mine) // MOST_POINTS) or 1
    kept = np.zeros(len(mine), bool)
    kept[::step] = True
    at = np.searchsorted(np.flatnonzero(kept), holes)
    xs = np.insert(times[kept], at, times[holes])
    ys = np.insert(values[kept], at, np.nan)
    return {
        "type": "line",
        "id": column,
        "name": reader(column),
        "xAxisIndex": part,
        "yAxisIndex": part,
        "symbol": "none",
        "lineStyle": {"width": 1.5},
        "itemStyle": {"color": PALETTE[COLOURS.get(column, "angry")]},
        "emphasis": {"disabled": True},
        "data": [
            [round(x * scale, 3), None if np.isnan(y) else round(y, 3)]
            for x, y in zip(xs.tolist(), ys.tolist(), strict=True)
        ],
    }
