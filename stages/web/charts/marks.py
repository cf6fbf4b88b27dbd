"""Markers of other programs as dashed lines in a chart."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

MOST_LINES, MOST_NAMED = 500, 20
"""Markers that are drawn, the newest ones, and above how many their texts only appear in tooltips."""
LONGEST = 24
"""Characters of a text beside its line; the tooltip has all of it."""


def mark_lines(marks: Sequence[tuple[float, str]], scale: float, *, named: bool) -> dict[str, Any]:
    """Return options of a series, with a line for each marker; none without markers.

    Args:
        marks: Seconds on the time axis, and text.
        scale: Units of the axis per second.
        named: Whether texts stand beside the lines, if they are few.
    """
    if not marks:
        return {}
    shown = marks[-MOST_LINES:]
    lines = [
        {
            "xAxis": at * scale,
            "name": text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…",
            # texts come from other programs: quoted for JavaScript, and escaped for the HTML of tooltips
            "tooltip": {":formatter": f"() => {json.dumps(escape(text))}"},
        }
        for at, text in shown
    ]
    label = {
        "show": named and len(shown) <= MOST_NAMED,
        "formatter": "{b}",
        "position": "insideEndTop",
        "padding": [1, 3],
    }
    label[":backgroundColor"] = "emobotColour('card')"
    return {
        "markLine": {
            "symbol": "none",
            "animation": False,
            # in front of light and dark areas alike
            "lineStyle": {
                ":color": "emobotColour('ink')",
                "type": [4, 3],
                "width": 1,
                ":shadowColor": "emobotColour('card')",
                "shadowBlur": 3,
            },
            "emphasis": {"lineStyle": {"width": 2}},
            "label": {**label, ":color": "emobotColour('ink')", "fontSize": 11},
            "data": lines,
        }
    }
