"""The timeline picture: one row per person, with the fused probabilities above a band of the label shown."""

import hashlib
import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.display.fitting import MISSING, shortened, width_in
from models.display.palette import INK, PALETTE
from models.display.person_timeline import PersonTimeline, Spans, choose_people, largest_share
from models.display.time_axis import step_s
from models.display.timeline_texts import TIMELINE_TEXTS
from models.display.wording import Wording

MOST_PEOPLE = 8
"""Most rows that are readable on a slide."""
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
LEFT, RIGHT = 0.14, 0.967
"""Ends of the rows, fractions of the width; half of the last time stands beside the right one."""
INPUTS = "Inputs"
"""Name of the PNG's text that holds a hash of what is drawn."""
_MUTED, _RULE = "#5B6270", "#C9CED6"
_BAND = 0.26
"""Height of the band below the probabilities, as a fraction of theirs."""


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

    drawn = fingerprint(people, duration_s, title, language, start_s, markers)
    say = Wording(language, TIMELINE_TEXTS[language])
    shown = choose_people(people, MOST_PEOPLE)
    spans = [Spans.of(person) for person in shown]
    rows = max(1, len(shown))
    top, bottom = 1.02, 1.2
    height = top + bottom + min(ROW_IN * rows, MOST_HEIGHT_IN - top - bottom)
    figure = Figure(figsize=(WIDTH_IN, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    figure.subplots_adjust(left=LEFT, right=RIGHT, top=1 - top / height, bottom=bottom / height, hspace=0.22)
    grid: Any = figure.subplots(rows, 1, sharex=True, squeeze=False)
    last_s = [person.ends_s[-1] for person in shown] + [time_s for time_s, _ in markers]
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
        figure.savefig(path, format="png", metadata={INPUTS: drawn})


def is_drawn(path: Path, inputs: str) -> bool:
    """Return whether a timeline is there and shows these inputs, as `fingerprint` sums them up."""
    from PIL import Image

    try:
        with Image.open(path) as picture:
            return picture.info.get(INPUTS) == inputs
    except (OSError, ValueError):
        # it is missing, or another program wrote it
        return False


def fingerprint(
    people: Sequence[PersonTimeline],
    duration_s: float,
    title: str,
    language: str = "en",
    start_s: float = 0.0,
    markers: Sequence[tuple[float, str]] = (),
) -> str:
    """Return a hash of everything that a timeline shows: what `draw_timeline` is given, colours, texts and its code.

    Times of the stream's own table have the same hash: they are rounded to milliseconds.
    """
    found = hashlib.blake2b(Path(__file__).read_bytes(), digest_size=16)
    marks = [(round(at, 3), text) for at, text in markers]
    facts = [title, round(duration_s, 3), round(start_s, 3), marks, PALETTE, language, TIMELINE_TEXTS[language]]
    found.update(json.dumps(facts).encode())
    for person in people:
        seconds = {label: round(shown, 3) for label, shown in sorted(person.seconds.items())}
        labels = [label for label, *_ in person.runs]
        name = person.name or f"Person {person.track}"
        found.update(json.dumps([person.track, name, person.count, seconds, labels]).encode())
        # ends follow from the starts of all frames
        found.update(np.round(person.starts_s, 3).tobytes())
        table = [[-1.0] * 7 if one is None else one for one in person.probabilities]
        found.update(np.array(table, np.float32).tobytes())
    return found.hexdigest()


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
    for label in PALETTE:
        bars = [(start, end - start) for shown, start, end in person.runs if shown == label]
        axes.broken_barh(bars, (-_BAND, _BAND - 0.05), color=PALETTE[label], linewidth=0)
    most, share = largest_share(person)
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
    begin_s, end_s = rows[0].get_xlim()
    second_in = (RIGHT - LEFT) * WIDTH_IN / (end_s - begin_s)
    style = {"fontsize": 10, "color": INK, "va": "bottom", "clip_on": False, "parse_math": False}
    for time_s, text in named(markers, lambda text: (width_in(text, 10) + 0.1) / second_in):
        rows[0].text(time_s, 1.01, text, transform=rows[0].get_xaxis_transform(), **style)


def named(markers: Sequence[tuple[float, str]], room_s: Callable[[str], float]) -> list[tuple[float, str]]:
    """Return the texts to write and their times; those that would overlap are one, and too many are none.

    Args:
        markers: Time in seconds and text of each, ordered by time.
        room_s: Returns the seconds of the axis that a text covers.
    """
    found: list[tuple[float, str]] = []
    for time_s, text in markers if len(markers) <= MOST_NAMED else ():
        if found and time_s < found[-1][0] + room_s(found[-1][1]):
            found[-1] = (found[-1][0], _clipped(f"{found[-1][1]}; {text}"))
        else:
            found.append((time_s, _clipped(text)))
    return found


def _clipped(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"


def _draw_legend(figure: Any, people: Sequence[PersonTimeline], y: float, say: Wording) -> None:
    from matplotlib.patches import Patch

    shown = {label for person in people for label, *_ in person.runs}
    names = [name for name in PALETTE if name != "uncertain" or name in shown]
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
