"""The timeline as options of an ECharts chart: one lane per person, and one person's probabilities below."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from nicegui.events import GenericEventArguments

from models.display.palette import PALETTE
from models.display.person_timeline import TOUCHING_S
from models.display.words import number_of
from pipeline.messages import EMOTIONS
from stages.web.charts.marks import mark_lines
from stages.web.charts.names import Names
from stages.web.live.samples import LABELS, Band, Samples
from stages.web.visitor import Reader

MOST_LANES = 12
MOST_POINTS = 400
"""Maximum points of one person's probabilities; a chart has hardly more pixels."""
NUMBERS_PX, NAMES_PX = 56, 128
"""Width left of the lanes, for numbers and for names."""
LEGEND_PX, LANE_PX, LINES_PX, GAP_PX, AXIS_PX = 28, 30, 150, 44, 84
TOOLTIPS = "#content"
"""Selector of the element that holds tooltips: the card would cut them off, and outside of the document's main part
screen readers would not find them."""

_INK, _MUTED, _LINE = (f"emobotColour('{name}')" for name in ("ink", "muted", "line"))
_OF_AXIS = {"show": True, "trigger": "axis", "axisPointer": {"type": "line", "snap": False}}
_DRAW_BAND = """(params, api) => {
  const from = api.coord([api.value(1), api.value(0)]), to = api.coord([api.value(2), api.value(0)]);
  const high = 18, area = params.coordSys;
  const left = Math.max(from[0], area.x), right = Math.min(to[0], area.x + area.width);
  if (right < left) return;
  return {type: 'rect', shape: {x: left, y: from[1] - high / 2, width: Math.max(right - left, 1), height: high},
    style: {fill: api.visual('color'), stroke: emobotColour('edge'), lineWidth: 0.5}};
}"""


def choose_lanes(bands: Sequence[Band]) -> list[int]:
    """Return the people to show, the `MOST_LANES` in view longest, in order of appearance."""
    seconds: dict[int, float] = {}
    for band in bands:
        seconds[band.person] = seconds.get(band.person, 0.0) + band.end_s - band.start_s
    longest = sorted(seconds, key=lambda person: -seconds[person])[:MOST_LANES]
    return [person for person in seconds if person in longest]


def read_zoom(event: GenericEventArguments) -> tuple[float, float] | None:
    """Return the part of the time axis that a reader selected, 0 to 1; None for any other event."""
    zoom: dict[str, Any] = (event.args.get("batch") or [event.args])[0]
    start, end = zoom.get("start"), zoom.get("end")
    if isinstance(start, (int, float)) and isinstance(end, (int, float)) and 0 <= start <= end <= 100:
        return start / 100, end / 100
    return None


def height_px(lanes: int) -> int:
    """Return the height of a chart for its number of lanes."""
    return LEGEND_PX + LANE_PX * max(1, lanes) + GAP_PX + LINES_PX + AXIS_PX


def timeline_options(
    reader: Reader,
    bands: Sequence[Band],
    samples: Samples,
    *,
    person: int | None,
    span: tuple[float, float],
    of_day: bool,
    given: Mapping[int, str] | None = None,
    marks: Sequence[tuple[float, str]] = (),
) -> dict[str, Any]:
    """Describe a chart.

    Args:
        reader: The page's reader.
        bands: Labels of each person over time.
        samples: Samples with the probabilities.
        person: The person whose probabilities are drawn.
        span: First and last second of the time axis.
        of_day: Whether times are UNIX seconds instead of seconds of a stream.
        given: Names by person.
        marks: Time in seconds and text of the markers of other programs.
    """
    names = Names(reader, (band.person for band in bands), given)
    lanes = sorted(choose_lanes(bands), key=names.rank) if given else choose_lanes(bands)
    left = NAMES_PX if given and not all(map(number_of, given.values())) else NUMBERS_PX
    tooltips = _each(names, "person", lanes, html=True)
    scale = 1e3
    lanes_px = LANE_PX * max(1, len(lanes))
    below_px = LEGEND_PX + lanes_px
    axis = time_axis(span, of_day=of_day)
    return {
        "animation": False,
        "useUTC": not of_day,
        "textStyle": {"fontFamily": "Roboto"},
        "aria": {"enabled": True, "label": {"description": reader("distribution")}},
        "grid": [
            {"left": left, "right": 16, "top": LEGEND_PX, "height": lanes_px},
            {"left": left, "right": 16, "top": below_px + GAP_PX, "height": LINES_PX, "tooltip": _OF_AXIS},
        ],
        "legend": {
            "type": "scroll",
            "top": 0,
            "left": 0,
            "icon": "roundRect",
            "selectedMode": False,
            "data": [reader.label(label) for label in LABELS],
            "textStyle": {":color": _INK},
        },
        # ECharts reads an axis's text from here, not from its grid
        "tooltip": {"trigger": "item", "confine": True, "appendTo": TOOLTIPS, ":formatter": _moment(of_day)},
        "title": {
            ":text": names.script(names.pattern("probabilities", person), person) if person is not None else "''",
            "top": below_px + 16,
            "left": 0,
            "textStyle": {":color": _INK, "fontSize": 13, "fontWeight": 500, "fontFamily": "Roboto"},
        },
        "xAxis": [
            {**axis, "gridIndex": 0, "axisLabel": {"show": False}, "axisTick": {"show": False}},
            {**axis, "gridIndex": 1},
        ],
        "yAxis": [
            {
                "type": "category",
                "gridIndex": 0,
                "inverse": True,
                "data": list(range(len(lanes))),
                "axisLine": {"show": False},
                "axisTick": {"show": False},
                "axisLabel": {
                    ":color": _INK,
                    "fontWeight": 500,
                    "lineHeight": 14,
                    "width": left - 8,
                    "overflow": "truncate",
                    ":formatter": f"(_, lane) => [{_each(names, 'lane', lanes, dated=False)}][lane]",
                },
                "splitLine": {"show": False},
            },
            {
                "type": "value",
                "gridIndex": 1,
                "min": 0,
                "max": 1,
                "interval": 0.5,
                "axisLabel": {":color": _MUTED, ":formatter": "value => Math.round(100 * value) + '\\u00a0%'"},
                "splitLine": {"lineStyle": {":color": _LINE}},
            },
        ],
        "dataZoom": zoom_by(left, xAxisIndex=[0, 1]),
        "series": [
            {
                "type": "custom",
                "id": "bands",
                ":renderItem": _DRAW_BAND,
                "clip": True,
                "encode": {"x": [1, 2], "y": 0},
                "data": [
                    _band(reader, band, lanes.index(band.person), scale) for band in bands if band.person in lanes
                ],
                "tooltip": {":formatter": f"band => [{tooltips}][band.value[0]] + ': ' + band.name"},
                **mark_lines(marks, scale, named=False),
            },
            *_lines(reader, samples, person, bands, scale),
            # has no probability: it appears only in the legend
            {
                "type": "line",
                "name": reader.label("uncertain"),
                "itemStyle": {"color": PALETTE["uncertain"]},
                "xAxisIndex": 1,
                "yAxisIndex": 1,
                "data": [],
                **mark_lines(marks, scale, named=True),
            },
        ],
    }


def time_axis(span: tuple[float, float], *, of_day: bool) -> dict[str, Any]:
    """Return a time axis, in milliseconds.

    Args:
        span: First and last second.
        of_day: Whether times are UNIX seconds instead of seconds of a stream.
    """
    labels = {":color": _MUTED, "hideOverlap": True}
    return {
        # ticks stay on whole seconds, minutes and hours at every zoom level
        "type": "time",
        "minInterval": 1000,
        "min": span[0] * 1e3,
        "max": span[1] * 1e3,
        "axisLine": {"lineStyle": {":color": _LINE}},
        "splitLine": {"show": False},
        "axisLabel": labels if of_day else {**labels, ":formatter": "at => emobotClock(at / 1000)"},
    }


def zoom_by(left: int = NUMBERS_PX, **axes: list[int]) -> list[dict[str, Any]]:
    """Return the controls that zoom a chart's time axis: Ctrl with the wheel, and a slider below.

    Args:
        left: Distance of the slider from the left edge, pixels.
        axes: The axes to zoom, as ECharts options; by default the first ones.
    """
    slider = {"bottom": 8, "height": 24, "left": left, "right": 16, "showDetail": False, "brushSelect": False}
    return [
        {"type": "inside", **axes, "filterMode": "none", "zoomOnMouseWheel": "ctrl"},
        {"type": "slider", **axes, "filterMode": "none", **slider, ":borderColor": _LINE},
    ]


def _each(names: Names, key: str, lanes: Sequence[int], dated: bool = True, html: bool = False) -> str:
    """Return the elements of a JavaScript array with a message for each person; in tooltips it is HTML."""
    patterns = [names.pattern(key, lane) for lane in lanes]
    return ", ".join(
        names.script(escape(pattern) if html else pattern, lane, dated)
        for pattern, lane in zip(patterns, lanes, strict=True)
    )


def _band(reader: Reader, band: Band, lane: int, scale: float) -> dict[str, Any]:
    length = reader.seconds(band.end_s - band.start_s)
    return {
        "name": f"{reader.label(band.label)}, {length}",
        "value": [lane, band.start_s * scale, band.end_s * scale],
        "itemStyle": {"color": PALETTE[band.label]},
    }


def _lines(
    reader: Reader, samples: Samples, person: int | None, bands: Sequence[Band], scale: float
) -> list[dict[str, Any]]:
    rows = samples[samples["person"] == person] if person is not None else samples[:0]
    rows = rows[:: -(-len(rows) // MOST_POINTS) or 1]
    times = rows["time_s"]
    # where the bands have a hole, a sample without values draws one
    mine = [band for band in bands if band.person == person]
    away = [one.end_s for one, after in zip(mine, mine[1:], strict=False) if after.start_s > one.end_s + TOUCHING_S]
    at = np.searchsorted(times, away)
    table = np.insert(rows["probabilities"].astype(float), at, np.nan, axis=0)
    times = np.insert(times, at, away)
    return [
        {
            "type": "line",
            "id": name,
            "name": reader.label(name),
            "stack": "all",
            "xAxisIndex": 1,
            "yAxisIndex": 1,
            "symbol": "none",
            "lineStyle": {"width": 0.5, ":color": "emobotColour('edge')"},
            "itemStyle": {"color": PALETTE[name]},
            "areaStyle": {"color": PALETTE[name], "opacity": 1},
            "emphasis": {"disabled": True},
            "data": [
                [round(time * scale, 3), None if np.isnan(value) else round(value, 3)]
                for time, value in zip(times.tolist(), table[:, column].tolist(), strict=True)
            ],
        }
        for column, name in enumerate(EMOTIONS)
    ]


def _moment(of_day: bool) -> str:
    """Return the function that formats the probabilities at one time."""
    head = "new Date(list[0].value[0]).toLocaleTimeString()" if of_day else "emobotClock(list[0].value[0] / 1000)"
    body = "list.filter(p => p.value[1] != null).sort((a, b) => b.value[1] - a.value[1]).slice(0, 4)"
    line = "`<br>${p.marker}${p.seriesName}&nbsp; <b>${Math.round(100 * p.value[1])} %</b>`"
    return f"list => {head} + {body}.map(p => {line}).join('')"
