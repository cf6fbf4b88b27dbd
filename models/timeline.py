"""A picture of who showed what, when: a band for each person, coloured by label, with the fused probabilities in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.palette import INK, PALETTE

MOST_PEOPLE = 10
"""Bands that can still be read on a slide."""
MOST_COLUMNS = 1200
"""Samples drawn for a person; the picture has no more pixels."""
GAP_S = 1.0
"""Where a person was not seen for longer, the band is interrupted."""


@dataclass(slots=True)
class PersonTimeline:
    """What is drawn of one person, sample by sample.

    Attributes:
        track: The person's number.
        times_s: Seconds of the stream.
        labels: The label shown.
        probabilities: Fused probabilities in the order of the palette's first seven, or None.
    """

    track: int
    times_s: list[float] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    probabilities: list[Sequence[float] | None] = field(default_factory=list)


def draw_timeline(people: Sequence[PersonTimeline], duration_s: float, title: str, path: Path) -> None:
    """Write the picture as PNG.

    Args:
        people: Whom to draw; those seen longest if there are too many.
        duration_s: Length of the stream.
        title: Its name.
        path: The file.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = sorted(people, key=lambda person: -len(person.times_s))[:MOST_PEOPLE]
    shown.sort(key=lambda person: person.track)
    rows = max(1, len(shown))
    figure = Figure(figsize=(12, 1.9 + 1.15 * rows), dpi=120, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    grid: Any = figure.subplots(rows, 1, sharex=True, squeeze=False)
    end_s = max(duration_s, *(person.times_s[-1] for person in shown), 0.1) if shown else max(duration_s, 0.1)
    for axes, person in zip(grid[:, 0], shown, strict=False):
        _draw_person(axes, person)
    for axes in grid[:, 0]:
        axes.set(xlim=(0, end_s), ylim=(-0.16, 1), yticks=(0, 0.5, 1))
        axes.tick_params(labelsize=9, color="#B8BDC6")
        for side in ("top", "right", "left", "bottom"):
            axes.spines[side].set_color("#D5D9E0")
    if not shown:
        text = "No face was found in this recording."
        grid[0, 0].text(0.5, 0.5, text, ha="center", va="center", transform=grid[0, 0].transAxes, color=INK)
        grid[0, 0].set_yticks(())
    grid[-1, 0].set_xlabel("time in seconds", fontsize=10)
    left_out = len(people) - len(shown)
    more = f"  (the {len(shown)} people seen longest; {left_out} more in faces.csv)" if left_out else ""
    figure.suptitle(title + more, fontsize=13, x=0.01, ha="left", color=INK)
    _draw_legend(figure, shown)
    figure.savefig(path, format="png")


def _draw_person(axes: Any, person: PersonTimeline) -> None:
    step = -(-len(person.times_s) // MOST_COLUMNS)
    times = np.asarray(person.times_s[::step])
    labels = person.labels[::step]
    gaps = np.diff(times)
    usual = float(np.median(gaps)) if gaps.size else 0.04
    # a sample stands until the next one, unless the person was away
    ends = np.append(np.where(gaps > max(GAP_S, 3 * usual), times[:-1] + usual, times[1:]), times[-1] + usual)
    starts = [0, *(i for i in range(1, len(times)) if labels[i] != labels[i - 1] or times[i] > ends[i - 1] + 1e-9)]
    for first, following in zip(starts, [*starts[1:], len(times)], strict=True):
        colour = PALETTE[labels[first]]
        axes.axvspan(times[first], ends[following - 1], ymin=0.12, color=colour, alpha=0.35, linewidth=0)
        axes.axvspan(times[first], ends[following - 1], ymin=0, ymax=0.1, color=colour, linewidth=0)
    names = list(PALETTE)[:7]
    table = np.array([p if p is not None else [np.nan] * 7 for p in person.probabilities[::step]], np.float64)
    broken = np.append(gaps > max(GAP_S, 3 * usual), False)
    for column, name in enumerate(names):
        line = np.where(broken, np.nan, table[:, column])
        if np.nanmax(table[:, column], initial=0) >= 0.15:
            axes.plot(times, line, color="white", linewidth=3.2, solid_capstyle="round")
            axes.plot(times, line, color=_darker(PALETTE[name]), linewidth=1.6, solid_capstyle="round")
    axes.set_ylabel(f"#{person.track}", rotation=0, ha="right", va="center", fontsize=11, color=INK)


def _draw_legend(figure: Any, people: Sequence[PersonTimeline]) -> None:
    from matplotlib.patches import Patch

    used = {label for person in people for label in person.labels}
    used |= {
        name
        for person in people
        for row in person.probabilities
        if row is not None
        for name, value in zip(PALETTE, row, strict=False)
        if value >= 0.15
    }
    names = [name for name in PALETTE if name in used]
    patches = [Patch(facecolor=PALETTE[name], edgecolor="#8A8F99", label=name) for name in names]
    if patches:
        figure.legend(handles=patches, loc="outside lower center", ncols=len(patches), fontsize=9, frameon=False)


def _darker(colour: str) -> tuple[float, ...]:
    from matplotlib.colors import to_rgb

    return tuple(0.72 * part for part in to_rgb(colour))
