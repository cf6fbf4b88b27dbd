"""The stored history as options of an ECharts chart: a stacked bar of emotions for each time step."""

import math
from typing import Any

from models.display.palette import PALETTE
from models.display.time_axis import step_s
from pipeline.history.read import LABELS
from stages.web.charts.charts import zoom_by
from stages.web.charts.names import Names
from stages.web.charts.stored import Stored
from stages.web.visitor import Reader

HEIGHT_PX = 360
MOST_MARKS = 6
"""Maximum ticks of the duration axis."""
_INK, _MUTED, _LINE = (f"emobotColour('{name}')" for name in ("ink", "muted", "line"))
_TOOLTIP = """list => {
  const parts = list.filter(p => p.value[1] > 0).sort((a, b) => b.value[1] - a.value[1]);
  const lines = parts.map(p => `<br>${p.marker}${p.seriesName}&nbsp; <b>${emobotClock(Math.round(p.value[1]))}</b>`);
  return emobotMoment(list[0].value[0] - %d) + lines.join('');
}"""


def stored_options(reader: Reader, stored: Stored, person: int | None) -> dict[str, Any]:
    """Describe a chart.

    Args:
        reader: The page's reader.
        stored: The data.
        person: The person to draw; None for all.
    """
    names = Names(reader, stored.people.tolist())
    who = reader("everybody") if person is None else names.pattern("person", person)
    head = reader("shown_per", who=who, step=_length(reader, stored.step_s))
    half_ms = 500 * stored.step_s
    # a bar is centred on its step
    times = [round(1e3 * stored.from_s + half_ms * (2 * step + 1)) for step in range(len(stored.by_step()))]
    sums = stored.by_step(person).round(1)
    most_s = float(sums.sum(1).max(initial=1.0))
    mark_s = step_s(most_s, MOST_MARKS)
    return {
        "animation": False,
        "textStyle": {"fontFamily": "Roboto"},
        "aria": {"enabled": True, "label": {"description": reader("distribution")}},
        "title": {
            ":text": names.script(head, person or 0),
            "top": 0,
            "left": 0,
            "textStyle": {":color": _INK, "fontSize": 13, "fontWeight": 500, "fontFamily": "Roboto"},
        },
        "legend": {"type": "scroll", "top": 28, "left": 0, "icon": "roundRect", "textStyle": {":color": _INK}},
        "grid": {"left": 56, "right": 16, "top": 64, "bottom": 68},
        "tooltip": {
            "trigger": "axis",
            "confine": True,
            "axisPointer": {"type": "line", "snap": True},
            ":formatter": _TOOLTIP % half_ms,
        },
        "xAxis": {
            "type": "time",
            "min": 1e3 * stored.from_s,
            "max": 1e3 * stored.to_s,
            "axisLine": {"lineStyle": {":color": _LINE}},
            "splitLine": {"show": False},
            "axisLabel": {":color": _MUTED, "hideOverlap": True, ":formatter": "emobotTick"},
        },
        "yAxis": {
            "type": "value",
            "interval": mark_s,
            # a whole number of marks: the last label would overlap the one below
            "max": math.ceil(most_s / mark_s) * mark_s,
            "axisLabel": {":color": _MUTED, ":formatter": "emobotClock"},
            "splitLine": {"lineStyle": {":color": _LINE}},
        },
        "dataZoom": zoom_by(),
        "series": [
            {
                "type": "bar",
                "id": label,
                "name": reader.label(label),
                "stack": "all",
                "barCategoryGap": "10%",
                "itemStyle": {"color": PALETTE[label]},
                "emphasis": {"disabled": True},
                "data": [[time, value] for time, value in zip(times, sums[:, column].tolist(), strict=True)],
            }
            for column, label in enumerate(LABELS)
        ],
    }


def _length(reader: Reader, seconds: int) -> str:
    for key, unit_s in (("day", 86_400), ("hour", 3600)):
        if seconds >= unit_s:
            count = seconds // unit_s
            return reader(key) if count == 1 else reader(f"{key}s", count=count)
    return reader("minute") if seconds == 60 else reader("minutes", minutes=seconds // 60)
