"""The shapes of a report, as SVG paths in a box of 1000 by 100 that the page scales."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.display.person_timeline import PersonTimeline, Spans, merged_runs
from models.display.time_axis import step_s
from pipeline.messages import EMOTIONS

WIDTH, HEIGHT = 1000.0, 100.0
MOST_COLUMNS = 400
"""Maximum samples of a person; a page has few more pixels, and each sample takes about 80 bytes."""
MOST_BANDS = 1000
"""Maximum segments of a person; more are narrower than a pixel."""
MOST_TICKS = 6
BINS = 20


@dataclass(frozen=True, slots=True)
class Band:
    """A segment with one label.

    Attributes:
        label: The label.
        x: Left edge.
        width: Width.
        start_s: Start, seconds.
        end_s: End, seconds.
    """

    label: str
    x: str
    width: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Row:
    """One person's row of the timeline.

    Attributes:
        name: The person's name.
        areas: Each emotion with the path of its area.
        bands: Segments with one label.
    """

    name: str
    areas: list[tuple[str, str]]
    bands: list[Band]


def draw_row(person: PersonTimeline, end_s: float, start_s: float = 0.0) -> Row:
    """Draw a person: an area per emotion, as high as its probability, and a band per segment with one label."""
    spans, scale = Spans.of(person, MOST_COLUMNS), WIDTH / (end_s - start_s)
    paths: dict[str, list[str]] = {}
    for stretch in spans.stretches():
        table = spans.table[stretch]
        x = (np.append(spans.starts_s[stretch], spans.ends_s[stretch.stop - 1]) - start_s) * scale
        edges = HEIGHT * (1 - np.clip(np.cumsum(np.vstack([table, table[-1:]]), axis=1), 0, 1))
        below = np.full(len(x), HEIGHT)
        for column, emotion in enumerate(EMOTIONS):
            paths.setdefault(emotion, []).append(_area(x, below, edges[:, column]))
            below = edges[:, column]
    bands = [
        Band(label, f"{(start - start_s) * scale:.1f}", f"{(end - start) * scale:.1f}", start, end)
        for label, start, end in merged_runs(person.runs, MOST_BANDS)
    ]
    return Row(person.name, [(emotion, "".join(parts)) for emotion, parts in paths.items()], bands)


def ticks(end_s: float, start_s: float = 0.0) -> list[tuple[float, float, int]]:
    """Return position in per cent, seconds and number of decimals of each tick of the time axis."""
    step = step_s(end_s - start_s, MOST_TICKS)
    steps = range(math.ceil(start_s / step - 1e-9), int(end_s / step + 1e-9) + 1)
    return [(round(100 * (i * step - start_s) / (end_s - start_s), 2), i * step, int(step < 1)) for i in steps]


def histogram(confidences: NDArray[np.float64]) -> list[tuple[float, float, int]]:
    """Return x and height in per cent, and the count, of each bar of a histogram from 0 to 1."""
    counts, _ = np.histogram(confidences, BINS, (0, 1))
    highest = max(1, int(counts.max(initial=0)))
    return [(100 * i / BINS, round(100 * int(count) / highest, 1), int(count)) for i, count in enumerate(counts)]


def _area(x: NDArray[np.float64], below: NDArray[np.float64], above: NDArray[np.float64]) -> str:
    there = [f"{a:.1f} {b:.1f}" for a, b in zip(x, above, strict=True)]
    back = [f"{a:.1f} {b:.1f}" for a, b in zip(x[::-1], below[::-1], strict=True)]
    return f"M{'L'.join(there + back)}Z"
