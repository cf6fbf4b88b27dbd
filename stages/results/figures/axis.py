"""The time axis and the legend that figures share."""

from typing import Any

from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MultipleLocator

from models.display.fitting import width_in
from models.display.time_axis import step_s
from models.display.wording import Wording
from stages.results.figures.style import COLORS, RULE, Style

TICK_IN = 0.8
"""Least distance of two ticks, inches at 8 points."""


def time_axis(axes: Any, span: tuple[float, float], across_in: float, style: Style, say: Wording) -> None:
    """Give an axis ticks at round times and a title with the unit: seconds, minutes or hours."""
    end_s = span[1]
    step = step_s(end_s - span[0], max(1, int(across_in / (TICK_IN * style.text_pt / 8))))
    unit = "time_s" if end_s < 60 else "time_min" if end_s < 3600 else "time_h"
    axes.xaxis.set_major_locator(MultipleLocator(step))
    digits = int(step < 1)
    axes.xaxis.set_major_formatter(
        FuncFormatter(
            lambda value, _: say.number(value, digits) if end_s < 60 else say.clock(value, hours=unit == "time_h")
        )
    )
    axes.set_xlabel(say(unit))


def legend(figure: Any, style: Style, say: Wording) -> float:
    """Draw the legend of all labels at the bottom of a figure, and return its height in inches."""
    entry = max(width_in(say.label(label), style.text_pt) for label in COLORS) + 2.6 * style.text_pt / 72
    columns = next(n for n in (8, 4, 2, 1) if n == 1 or n * entry < style.width_in - 0.2)
    rows = -(-len(COLORS) // columns)
    figure.legend(
        handles=[
            Patch(facecolor=COLORS[name], edgecolor=RULE, linewidth=0.5 * style.line_pt, label=say.label(name))
            for name in _by_row(list(COLORS), columns)
        ],
        loc="lower center",
        ncols=columns,
        frameon=False,
        borderpad=0.2,
        labelspacing=0.3,
        handlelength=1,
        handleheight=1,
        columnspacing=1.2,
        handletextpad=0.5,
        borderaxespad=0.2,
    )
    return rows * style.line_in + 0.06


def _by_row(names: list[str], columns: int) -> list[str]:
    """Return the names in such an order that a legend, which fills columns, reads by rows."""
    return [name for column in range(columns) for name in names[column::columns]]
