"""Lays out one row of a figure for each person, and draws the timeline and the ethogram."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.display.fitting import shortened, width_in
from models.display.timeline import named
from models.display.wording import Wording
from pipeline.errors import InputError
from pipeline.messages import EMOTIONS
from stages.results.episodes import Episode, episodes
from stages.results.export.document import Mark
from stages.results.figures.axis import legend, time_axis
from stages.results.figures.people import Shown, probabilities, seconds_of, shares_of
from stages.results.figures.style import COLORS, INK, RULE, SOFT, Style, drawn
from stages.results.reading import LABELS

BAND = 0.3
"""Height of the band below the probabilities, as a fraction of theirs."""

START = 0.1
"""Share of the time axis before the first frame above which the axis begins at that frame instead of at 0."""
Span = tuple[float, float]
"""Start and end of the time axis, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One person of one recording; `track` is None in a recording without faces."""

    shown: Shown
    track: int | None
    spans: list[Episode]


def draw_timeline(shown: Sequence[Shown], path: Path, style: Style, say: Wording) -> None:
    """Draw a row per person: an area per emotion, as high as its probability, above a band of the label.

    Raises:
        InputError: There are too many recordings for one figure.
        OSError: The file cannot be written.
    """
    _draw(shown, path, style, say, (2.2, 5.5), _draw_areas, say("probability"))


def draw_ethogram(shown: Sequence[Shown], path: Path, style: Style, say: Wording) -> None:
    """Draw a row per person with a line for each label, on which the label's episodes are bars.

    Raises:
        InputError: There are too many recordings for one figure.
        OSError: The file cannot be written.
    """
    used = {str(label) for one in shown for label in np.unique(one.results.label)}
    labels = [label for label in LABELS if label in used] or list(LABELS)

    def bars(axes: Any, row: Row, _: Span) -> None:
        for line, label in enumerate(labels):
            spans = [(one.start_ms / 1e3, (one.end_ms - one.start_ms) / 1e3) for one in row.spans if one.label == label]
            axes.broken_barh(spans, (line - 0.4, 0.8), facecolor=COLORS[label], edgecolor=SOFT, linewidth=0.15)
        axes.set(ylim=(len(labels) - 0.5, -0.5), yticks=range(len(labels)))
        axes.set_yticklabels([say.label(label) for label in labels])
        axes.tick_params(axis="y", length=0, labelsize=0.85 * style.text_pt)
        for line in range(1, len(labels)):
            axes.axhline(line - 0.5, color=RULE, linewidth=0.5 * style.line_pt, zorder=0)

    names_in = max(width_in(say.label(one), style.text_pt) for one in labels)
    _draw(shown, path, style, say, (0.8 * len(labels), 0.95 * len(labels)), bars, "", names_in)


def _draw(
    shown: Sequence[Shown],
    path: Path,
    style: Style,
    say: Wording,
    lines: tuple[float, float],
    draw: Callable[[Any, Row, Span], None],
    y_title: str,
    y_width_in: float = 0.0,
) -> None:
    """Draw a row per person below a line with the name; `lines` is its least and its best height in lines of text."""
    line = style.line_in
    bottom = 2 * line + 0.1 + 2.6 * line
    most = int((style.height_in - bottom - 0.3 * line) / ((lines[0] + 1.6) * line))
    rows, note = _rows(shown, most, say)
    height = len(rows) * (lines[1] + 1.6) * line + bottom + (0.3 + 1.2 * bool(note)) * line
    span = _span(shown)
    with drawn(path, style, height) as figure:
        height = figure.get_size_inches()[1]
        left = y_width_in + line + 0.05 if y_width_in else 3 * line
        right = 1.6 * line
        across = style.width_in - left - right
        under = legend(figure, style, say)
        each = (height - under - 2.7 * line - (0.3 + 1.2 * bool(note)) * line) / len(rows)
        top = height - (0.3 + 1.2 * bool(note)) * line
        if note:
            figure.text(1 - right / style.width_in, 1 - 0.3 * line / height, note, ha="right", va="top", color=SOFT)
        for number, row in enumerate(rows):
            down = top - (number + 1) * each
            axes = figure.add_axes(
                (left / style.width_in, down / height, across / style.width_in, (each - 1.6 * line) / height)
            )
            _title(axes, row, shown, across, style, say)
            draw(axes, row, span)
            is_first = not number or rows[number - 1].shown is not row.shown
            _draw_marks(axes, row.shown.marks, style)
            if is_first:
                _name_marks(axes, row.shown.marks, style, style.text_pt / 72 / across * (span[1] - span[0]))
            axes.set_xlim(*span)
            axes.spines[["top", "right"]].set_visible(False)
            if row.track is None:
                axes.text(0.5, 0.5, say("nobody"), transform=axes.transAxes, ha="center", va="center", color=SOFT)
            time_axis(axes, span, across, style, say)
            if number < len(rows) - 1:
                axes.set_xlabel("")
                axes.tick_params(axis="x", labelbottom=False)
        if y_title:
            middle = (top - len(rows) * each / 2) / height
            figure.text(0.3 * line / style.width_in, middle, y_title, rotation=90, va="center", ha="left")


def _span(shown: Sequence[Shown]) -> Span:
    start_s = min(one.start_s for one in shown)
    end_s = max(start_s + 0.1, *(one.end_s for one in shown))
    return (start_s if start_s > START * end_s else 0.0), end_s


def _rows(shown: Sequence[Shown], most: int, say: Wording) -> tuple[list[Row], str]:
    """Return the rows, and what is said about those left out."""
    if len(shown) > most:
        raise InputError(
            f"expected at most {most} recordings in a figure of this size, found {len(shown)}; "
            "name fewer, or choose --kind distribution"
        )
    every = sum(max(1, len(one.tracks)) for one in shown)
    each = next(n for n in range(every, 0, -1) if sum(min(n, max(1, len(s.tracks))) for s in shown) <= most)
    rows: list[Row] = []
    for one in shown:
        tracks: list[int | None] = [*one.longest(each)] or [None]
        for track in tracks:
            spans = [] if track is None else episodes(one.results, track)
            rows.append(Row(shown=one, track=track, spans=spans))
    return rows, "" if len(rows) == every else say("chosen", shown=len(rows), all=every)


def _title(axes: Any, row: Row, shown: Sequence[Shown], across: float, style: Style, say: Wording) -> None:
    """Write whose row it is above it on the left, and their most frequent label on the right."""
    who = "" if row.track is None else say.person(row.shown.results.name(row.track))
    parts = [row.shown.group, row.shown.title if len(shown) > 1 or not who else "", who]
    shares = shares_of(seconds_of(row.spans))
    most = max(shares, key=lambda label: shares[label], default="")
    share = f"{say.label(most)} {say.percent(shares[most])}" if most else ""
    room = across - width_in(share, style.text_pt) - style.line_in
    head = " · ".join(part for part in parts if part)
    if width_in(head, style.text_pt) > room:
        # the recording's name is the part that may be shortened
        rest = width_in(" · ".join(["", *(part for part in (row.shown.group, who) if part)]), style.text_pt)
        parts[1] = shortened(parts[1], max(0.0, room - rest), style.text_pt) if parts[1] else ""
        head = shortened(" · ".join(part for part in parts if part), room, style.text_pt)
    gap = (0, 0.35 * style.text_pt)
    axes.annotate(head, (0, 1), gap, xycoords="axes fraction", textcoords="offset points", va="bottom", color=INK)
    axes.annotate(
        share, (1, 1), gap, xycoords="axes fraction", textcoords="offset points", va="bottom", ha="right", color=SOFT
    )


def _draw_marks(axes: Any, marks: Sequence[Mark], style: Style) -> None:
    """Draw a dashed line for each marker."""
    for mark in marks:
        axes.axvline(mark.at_ms / 1e3, color=INK, linewidth=1.5 * style.line_pt, linestyle=(0, (4, 3)))


def _name_marks(axes: Any, marks: Sequence[Mark], style: Style, line_s: float) -> None:
    """Write the markers' texts beside their lines, those nearer than a line of text, `line_s`, as one."""
    paper = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.1 * style.text_pt}
    text = {"rotation": 90, "va": "top", "fontsize": 0.8 * style.text_pt, "color": INK, "bbox": paper}
    place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
    for at_s, name in named([(mark.at_ms / 1e3, mark.text) for mark in marks], lambda _: line_s):
        axes.annotate(name, (at_s, 0.98), (0.3 * style.text_pt, 0), **place, **text)


def _draw_areas(axes: Any, row: Row, span: Span) -> None:
    axes.set(ylim=(-BAND, 1), yticks=(0, 1))
    axes.spines["left"].set_bounds(0, 1)
    if row.track is None:
        return
    edges, table = probabilities(row.shown.results, row.track, *span)
    below = np.zeros(len(table))
    for column, emotion in enumerate(EMOTIONS):
        above = below + table[:, column]
        axes.stairs(above, edges, baseline=below, fill=True, color=COLORS[emotion], linewidth=0)
        below = above
    for label in LABELS:
        spans = [(one.start_ms / 1e3, (one.end_ms - one.start_ms) / 1e3) for one in row.spans if one.label == label]
        axes.broken_barh(spans, (-BAND, BAND - 0.06), facecolor=COLORS[label], linewidth=0)
