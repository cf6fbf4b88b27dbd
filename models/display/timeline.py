"""The timeline picture: one row per person, with the fused probabilities above a band of the label shown."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.display.fitting import MISSING, shortened, width_in
from models.display.palette import INK, PALETTE
from models.display.time_axis import step_s
from models.display.timeline_texts import TIMELINE_TEXTS
from models.display.wording import Wording

MOST_PEOPLE = 8
"""Most rows that are readable on a slide."""
MOST_COLUMNS = 1200
"""Most samples drawn for a person; the picture has hardly more columns."""
MOST_SAMPLES = 4 * MOST_COLUMNS
"""Most samples stored for a person, because a camera may run for weeks."""
GAP_S = 1.0
"""Seconds of absence after which a person's row is interrupted."""
WIDTH_IN, MOST_HEIGHT_IN, ROW_IN, DPI = 13.333, 7.5, 1.35, 144
"""Size of a slide in inches (13.333 x 7.5), height of a row in inches, and pixels per inch (1,920 pixels across)."""
MOST_LETTERS = 16
"""Letters of a marker's text that are drawn."""
NAME_IN = 1.6
"""Width of the names beside the rows, inches."""
LEAST_PT = 11
"""Size of the letters of long names, points; still longer names are shortened."""
MOST_TICKS = 12
"""Most steps of the time axis."""
MOST_NAMED = 20
"""Most markers whose text is drawn."""
RIGHT = 0.967
"""Right end of the rows, a fraction of the width; half of the last time stands beside it."""
_MUTED, _RULE = "#5B6270", "#C9CED6"
_BAND = 0.26
"""Height of the band below the probabilities, as a fraction of theirs."""


@dataclass(slots=True)
class PersonTimeline:
    """One person's samples.

    Attributes:
        track: The person's track number.
        times_s: Times of the samples, seconds of the stream.
        labels: The label shown at each.
        probabilities: Fused probabilities in the order of the palette's first seven, or None.
        seconds: Seconds for which each label was shown, over every frame; there may be fewer samples.
        name: The person's name; empty for "Person TRACK".
    """

    track: int
    times_s: list[float] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    probabilities: list[Sequence[float] | None] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    name: str = ""
    _step: int = 1
    _count: int = 0

    @property
    def count(self) -> int:
        """Number of samples added, kept or not."""
        return max(self._count, len(self.times_s))

    def add(self, time_s: float, label: str, probabilities: Sequence[float] | None) -> None:
        """Add a sample. Beyond `MOST_SAMPLES`, only every second sample is kept, then every fourth, and so on."""
        self._count += 1
        if (self._count - 1) % self._step:
            return
        self.times_s.append(time_s)
        self.labels.append(label)
        self.probabilities.append(probabilities)
        self.thin(MOST_SAMPLES)

    def thin(self, most: int) -> None:
        """Keep every second sample, from now on too, until there are at most `most`."""
        while len(self.times_s) > most:
            self._step *= 2
            for samples in (self.times_s, self.labels, self.probabilities):
                del samples[1::2]


@dataclass(frozen=True, slots=True)
class Spans:
    """One person's decimated samples, and the time span of each, as sequences of equal length.

    Attributes:
        starts_s: Time of each sample, seconds of the stream.
        ends_s: End of its span, seconds of the stream: the next sample, unless the person was absent.
        labels: Label of each sample.
        table: Probabilities `float64[n, 7]`; NaN if unknown.
    """

    starts_s: NDArray[np.float64]
    ends_s: NDArray[np.float64]
    labels: list[str]
    table: NDArray[np.float64]

    @classmethod
    def of(cls, person: PersonTimeline, most: int = MOST_COLUMNS) -> "Spans":
        """Return at most `most` samples of a person who was seen at least once."""
        step = -(-len(person.times_s) // most)
        times = np.asarray(person.times_s[::step], np.float64)
        gaps = np.diff(times)
        usual = float(np.median(gaps)) if gaps.size else 0.04
        away = gaps > max(GAP_S, 3 * usual)
        ends = np.append(np.where(away, times[:-1] + usual, times[1:]), times[-1] + usual)
        table = np.array([p if p is not None else [np.nan] * 7 for p in person.probabilities[::step]], np.float64)
        return cls(times, ends, person.labels[::step], table)

    def runs(self) -> list[tuple[str, float, float]]:
        """Return label, start and end (seconds) of each run of the same label."""
        runs: list[tuple[str, float, float]] = []
        for label, start, end in zip(self.labels, self.starts_s.tolist(), self.ends_s.tolist(), strict=True):
            if runs and runs[-1][0] == label and start <= runs[-1][2] + 1e-9:
                runs[-1] = (label, runs[-1][1], end)
            else:
                runs.append((label, start, end))
        return runs

    def stretches(self) -> list[slice]:
        """Return the index ranges in which the person was seen without interruption and has probabilities."""
        known = ~np.isnan(self.table[:, 0])
        follows = known[1:] & known[:-1] & (self.starts_s[1:] <= self.ends_s[:-1] + 1e-9)
        first = np.flatnonzero(known & ~np.concatenate([[False], follows]))
        last = np.flatnonzero(known & ~np.concatenate([follows, [False]]))
        return [slice(int(a), int(b) + 1) for a, b in zip(first, last, strict=True)]


def choose_people(people: Sequence[PersonTimeline], most: int) -> list[PersonTimeline]:
    """Return the `most` people seen longest, in their order."""
    longest = {id(person) for person in sorted(people, key=lambda person: -person.count)[:most]}
    return [person for person in people if id(person) in longest]


def largest_share(person: PersonTimeline, spans: Spans) -> tuple[str, float]:
    """Return the label a person showed longest, and its fraction of their time, 0 to 1.

    A person seen in a single sample, without measurable time, gets that sample's label.
    """
    seconds = person.seconds
    if not sum(seconds.values()):
        seconds = {}
        for label, start, end in spans.runs():
            seconds[label] = seconds.get(label, 0.0) + end - start
    most = max(seconds, key=seconds.__getitem__)
    return most, seconds[most] / sum(seconds.values())


def draw_timeline(
    people: Sequence[PersonTimeline],
    duration_s: float,
    title: str,
    path: Path,
    language: str = "en",
    start_s: float = 0.0,
    markers: Sequence[tuple[float, str]] = (),
) -> None:
    """Write the timeline as a PNG that fits a slide.

    Args:
        people: The people to draw; those seen longest if there are too many.
        duration_s: Length of the stream, seconds.
        title: Name of the stream.
        path: The file to write.
        language: Key of `models.display.words.WORDS`.
        start_s: Position of its first frame, seconds; the axis begins there.
        markers: Time in seconds of the stream and text of events to draw as lines, such as stimuli.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MultipleLocator

    say = Wording(language, TIMELINE_TEXTS[language])
    shown = choose_people(people, MOST_PEOPLE)
    spans = [Spans.of(person) for person in shown]
    rows = max(1, len(shown))
    top, bottom = 1.02, 1.2
    height = top + bottom + min(ROW_IN * rows, MOST_HEIGHT_IN - top - bottom)
    figure = Figure(figsize=(WIDTH_IN, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    figure.subplots_adjust(left=0.14, right=RIGHT, top=1 - top / height, bottom=bottom / height, hspace=0.22)
    grid: Any = figure.subplots(rows, 1, sharex=True, squeeze=False)
    last_s = [float(one.ends_s[-1]) for one in spans] + [time_s for time_s, _ in markers]
    end_s = max([start_s + duration_s, start_s + 0.1, *last_s])
    for axes, person, one in zip(grid[:, 0], shown, spans, strict=False):
        _draw_person(axes, person, one, say)
    for axes in grid[:, 0]:
        axes.set(xlim=(start_s, end_s), ylim=(-_BAND, 1), yticks=())
        axes.tick_params(axis="x", length=5, width=1, color=_RULE, labelsize=12, labelcolor=_MUTED)
        for name, side in axes.spines.items():
            side.set(visible=name == "bottom", color=_RULE)
    _draw_markers(list(grid[:, 0]), markers)
    hours = end_s >= 3600
    step = step_s(end_s - start_s, MOST_TICKS - 4 * hours)
    grid[-1, 0].xaxis.set_major_locator(MultipleLocator(step))
    grid[-1, 0].xaxis.set_major_formatter(lambda value, _: say.clock(value, int(step < 1), hours=hours))
    grid[-1, 0].set_xlabel(say("time_h" if hours else "time_min"), fontsize=12, color=_MUTED)
    if not shown:
        style = {"ha": "center", "va": "center", "transform": grid[0, 0].transAxes, "color": INK, "fontsize": 16}
        grid[0, 0].text(0.5, 0.5, say("no_face_found"), **style)
    facts = say("timeline_facts", length=say.clock(duration_s), people=say.many("people_seen", len(people)))
    if len(people) > len(shown):
        facts = say("seen_longest", facts=facts, count=len(shown))
    key = say("timeline_key") if shown else ""
    margin = 0.35 / WIDTH_IN
    room = (RIGHT - margin) * WIDTH_IN - width_in(facts, 13) - 0.3
    title = shortened(title, room, 20, bold=True)
    figure.text(margin, 1 - 0.2 / height, title, fontsize=20, va="top", weight="bold", color=INK, parse_math=False)
    figure.text(margin, 1 - 0.58 / height, key, fontsize=11.5, va="top", color=_MUTED)
    figure.text(RIGHT, 1 - 0.27 / height, facts, fontsize=13, va="top", ha="right", color=_MUTED)
    if shown:
        _draw_legend(figure, shown, 0.12 / height, say)
    with warnings.catch_warnings():
        # the font's box for characters that it lacks
        warnings.filterwarnings("ignore", MISSING)
        figure.savefig(path, format="png")


def _draw_person(axes: Any, person: PersonTimeline, spans: Spans, say: Wording) -> None:
    for stretch in spans.stretches():
        table = spans.table[stretch]
        # the last sample has a span, too
        times = np.append(spans.starts_s[stretch], spans.ends_s[stretch.stop - 1])
        edges = np.cumsum(np.vstack([table, table[-1:]]), axis=1)
        below = np.zeros(len(times))
        for column, name in enumerate(list(PALETTE)[:7]):
            axes.fill_between(times, below, edges[:, column], color=PALETTE[name], linewidth=0)
            axes.plot(times, edges[:, column], color="white", linewidth=0.8)
            below = edges[:, column]
    for label, start, end in spans.runs():
        axes.axvspan(start, end, ymax=(_BAND - 0.05) / (1 + _BAND), color=PALETTE[label], linewidth=0)
    most, share = largest_share(person, spans)
    style = {"transform": axes.transAxes, "ha": "right", "va": "center"}
    name = say.person(person.name or f"Person {person.track}")
    size = max(LEAST_PT, min(15, 15 * NAME_IN / max(0.1, width_in(name, 15, bold=True))))
    axes.text(
        -0.015,
        0.68,
        shortened(name, NAME_IN, size, bold=True),
        fontsize=size,
        color=INK,
        weight="bold",
        parse_math=False,
        **style,
    )
    axes.text(-0.015, 0.31, f"{say.label(most)} {say.percent(share)}", fontsize=12.5, color=_MUTED, **style)


def _draw_markers(rows: list[Any], markers: Sequence[tuple[float, str]]) -> None:
    for time_s, _ in markers:
        for axes in rows:
            axes.axvline(time_s, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    style = {"fontsize": 10, "color": INK, "va": "bottom", "clip_on": False, "parse_math": False}
    for time_s, text in markers if len(markers) <= MOST_NAMED else ():
        rows[0].text(time_s, 1.01, _clipped(text), transform=rows[0].get_xaxis_transform(), **style)


def _clipped(name: str) -> str:
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"


def _draw_legend(figure: Any, people: Sequence[PersonTimeline], y: float, say: Wording) -> None:
    from matplotlib.patches import Patch

    names = [name for name in PALETTE if name != "uncertain" or any(name in person.labels for person in people)]
    figure.legend(
        handles=[Patch(facecolor=PALETTE[name], edgecolor=_RULE, label=say.label(name)) for name in names],
        loc="lower center",
        bbox_to_anchor=(0.55, y),
        ncols=len(names),
        fontsize=13,
        frameon=False,
        handlelength=1.1,
        handleheight=1.1,
        columnspacing=1.6,
    )
