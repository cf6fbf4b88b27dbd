"""Draws how the time in view is divided among the labels: a bar per recording, person or group."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.display.fitting import shortened, width_in
from models.display.wording import Wording
from pipeline.errors import InputError
from stages.results.episodes import episodes
from stages.results.figures.axis import legend
from stages.results.figures.people import Shown, seconds_of, shares_of
from stages.results.figures.style import COLORS, INK, RULE, SOFT, Style, drawn
from stages.results.reading import LABELS

SHADES = ("#FFFFFF", "#737373", "#BFBFBF", "#404040")
"""Grays of the groups' bars; colours stand for labels."""
WRITTEN = 0.08
"""Smallest share that is written into its bar."""


def draw_distribution(shown: Sequence[Shown], path: Path, style: Style, say: Wording) -> None:
    """Draw the shares: of each group, else of each recording, else of each person of the only recording.

    Raises:
        InputError: There are too many recordings or groups for one figure.
        OSError: The file cannot be written.
    """
    if len({one.group for one in shown}) > 1:
        _draw_groups(shown, path, style, say)
        return
    if len(shown) > 1:
        rows = [(one.title, shares_of(one.seconds)) for one in shown]
    else:
        results = shown[0].results
        rows = [
            (say.person(results.name(track)), shares_of(seconds_of(episodes(results, track))))
            for track in shown[0].longest(_most_bars(style) - 1)
        ]
        if len(shown[0].tracks) != 1:
            rows.append((say("whole"), shares_of(shown[0].seconds)))
    _draw_bars(rows, path, style, say)


def _most_bars(style: Style) -> int:
    return int((style.height_in / style.line_in - 5) / 1.7)


def _draw_bars(rows: Sequence[tuple[str, dict[str, float]]], path: Path, style: Style, say: Wording) -> None:
    line = style.line_in
    if len(rows) > _most_bars(style):
        raise InputError(
            f"expected at most {_most_bars(style)} recordings in a figure of this size, found {len(rows)}; "
            "name fewer, or give them groups"
        )
    names = [shortened(name, 0.3 * style.width_in, style.text_pt) for name, _ in rows]
    left = max(width_in(name, style.text_pt) for name in names) + line
    with drawn(path, style, (1.7 * len(rows) + 5) * line + 0.1) as figure:
        height = figure.get_size_inches()[1]
        bottom = legend(figure, style, say) + 2.6 * line
        across = style.width_in - left - 1.5 * line
        axes = figure.add_axes(
            (left / style.width_in, bottom / height, across / style.width_in, 1 - (bottom + 0.3 * line) / height)
        )
        for number, (_, shares) in enumerate(rows):
            _draw_bar(axes, number, shares, across, style, say)
        axes.set(xlim=(0, 100), ylim=(len(rows) - 0.5, -0.5), xlabel=say("share_axis"))
        axes.set_yticks(range(len(rows)), names)
        axes.tick_params(axis="y", length=0)
        axes.spines[["top", "right", "left"]].set_visible(False)


def _draw_bar(axes: Any, number: int, shares: dict[str, float], across: float, style: Style, say: Wording) -> None:
    if not shares:
        axes.text(1, number, say("nobody"), va="center", color=SOFT)
    start = 0.0
    for label in LABELS:
        share = 100 * shares.get(label, 0.0)
        if share:
            axes.barh(number, share, 0.72, start, color=COLORS[label], edgecolor=RULE, linewidth=0.5 * style.line_pt)
            text = say.number(share)
            if share >= 100 * WRITTEN and width_in(text, style.text_pt) < share / 100 * across - 0.05:
                dark = label in ("sad", "uncertain")
                axes.text(start + share / 2, number, text, ha="center", va="center", color="white" if dark else INK)
        start += share


def _draw_groups(shown: Sequence[Shown], path: Path, style: Style, say: Wording) -> None:
    """Draw a bar per label and group, as high as the mean of its recordings, and a dot per recording."""
    groups = list(dict.fromkeys(one.group for one in shown))
    if len(groups) > len(SHADES):
        raise InputError(
            f"expected at most {len(SHADES)} groups in one figure, found {len(groups)}: {', '.join(groups)}"
        )
    line, names = style.line_in, [say.label(label) for label in LABELS]
    turned = max(width_in(name, style.text_pt) for name in names) > 0.9 * style.width_in / len(names) * 0.95
    with drawn(path, style, min(0.62 * style.width_in + 4 * line, style.height_in)) as figure:
        height = figure.get_size_inches()[1]
        left, bottom, top = 3.6 * line, (3.4 if turned else 1.6) * line, 1.8 * line * (1 + (len(groups) > 2)) + line
        axes = figure.add_axes(
            (
                left / style.width_in,
                bottom / height,
                1 - (left + 0.5 * line) / style.width_in,
                1 - (bottom + top) / height,
            )
        )
        each = 0.8 / len(groups)
        for number, group in enumerate(groups):
            inside = [shares_of(one.seconds) for one in shown if one.group == group]
            table = 100 * np.array([[one.get(label, 0.0) for label in LABELS] for one in inside if one])
            at = np.arange(len(LABELS)) - 0.4 + each * (number + 0.5)
            text = say(
                "of_group",
                group=shortened(group or say("ungrouped"), 0.3 * style.width_in, style.text_pt),
                count=len(table),
            )
            means = table.mean(axis=0) if len(table) else np.zeros(len(LABELS))
            axes.bar(at, means, 0.9 * each, color=SHADES[number], edgecolor=INK, linewidth=style.line_pt, label=text)
            # dots of one bar lie side by side, in the order of the recordings
            aside = (np.arange(len(table)) + 0.5) / max(1, len(table)) - 0.5
            for offset, values in zip(aside, table, strict=True):
                axes.plot(
                    at + 0.6 * each * offset,
                    values,
                    "o",
                    color=COLORS["angry"],
                    markersize=style.text_pt / 3,
                    markeredgecolor="white",
                    markeredgewidth=0.4 * style.line_pt,
                    clip_on=False,
                    zorder=3,
                )
        axes.set_xticks(
            range(len(LABELS)),
            names,
            rotation=35 if turned else 0,
            ha="right" if turned else "center",
            rotation_mode="anchor",
        )
        axes.tick_params(axis="x", length=0)
        axes.set(xlim=(-0.5, len(LABELS) - 0.5), ylim=(0, None), ylabel=say("share_axis"))
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1 + 0.2 * line / height),
            ncols=2,
            frameon=False,
            borderaxespad=0,
            handlelength=1,
            handleheight=1,
        )
        figure.text(left / style.width_in, 1 - 0.3 * line / height, say("means"), va="top", color=SOFT)
