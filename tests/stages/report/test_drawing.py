"""The shapes of a report."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.display.person_timeline import PersonTimeline
from stages.report.drawing import HEIGHT, MOST_TICKS, WIDTH, draw_row, histogram, ticks

probabilities = st.lists(st.floats(0.001, 1), min_size=7, max_size=7).map(lambda p: tuple(x / sum(p) for x in p))


@given(st.lists(st.tuples(st.floats(0.01, 3), probabilities), min_size=1, max_size=30))
def test_areas_stay_in_their_box(looks: list[tuple[float, tuple[float, ...]]]) -> None:
    """No area is drawn outside its box, whatever was seen or missed."""
    times = np.cumsum([step for step, _ in looks]).tolist()
    person = PersonTimeline(1)
    for start, (step, shown) in zip(times, looks, strict=True):
        person.add(start, start + step, "happy", shown)
    row = draw_row(person, times[-1] + 4)
    numbers = [float(n) for _, path in row.areas for n in re.findall(r"[\d.]+", path)]

    assert len(row.areas) == 7
    assert min(numbers[1::2]) >= 0 and max(numbers[1::2]) <= HEIGHT
    assert min(numbers[::2]) >= 0 and max(numbers[::2]) <= WIDTH
    assert all(float(band.x) >= 0 and float(band.x) + float(band.width) <= WIDTH + 0.1 for band in row.bands)


@pytest.mark.parametrize("end_s", [0.1, 1, 5.9, 75, 3600, 86_400])
def test_the_axis_has_few_marks(end_s: float) -> None:
    """They begin at 0 and end within the recording."""
    marks = ticks(end_s)

    assert marks[0][0] == 0 and marks[-1][0] <= 100
    assert len(marks) <= MOST_TICKS + 1


def test_a_histogram_counts_every_look() -> None:
    """The highest bar is as high as the picture."""
    bars = histogram(np.array([0.0, 0.42, 0.43, 1.0]))

    assert sum(count for _, _, count in bars) == 4
    assert max(height for _, height, _ in bars) == 100


def test_a_part_of_a_recording_fills_its_axis() -> None:
    """It begins at the part's first frame; times stay those of the file."""
    person = PersonTimeline(1)
    for i in range(700, 800):
        person.add(i / 10, (i + 1) / 10, "happy", None)
    (band,) = draw_row(person, 80.0, 70.0).bands

    assert (band.x, band.width, band.start_s) == ("0.0", "1000.0", 70.0)
    assert ticks(80.0, 70.0) == [(20.0 * i, 70 + 2.0 * i, 0) for i in range(6)]
    assert ticks(80.0, 69.0)[0] == (9.09, 70, 0)
