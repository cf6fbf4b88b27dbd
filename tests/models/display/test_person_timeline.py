"""What a person showed, in few samples."""

import numpy as np
import pytest

from models.display.person_timeline import MOST_SAMPLES, PersonTimeline, Spans, choose_people, merged_runs

HAPPY = (0.02, 0.02, 0.02, 0.88, 0.02, 0.02, 0.02)
FRAME_S = 0.04


def seen(*frames: int, track: int = 1, label: str = "happy", step_s: float = FRAME_S) -> PersonTimeline:
    """Return a person who was seen in these frames."""
    person = PersonTimeline(track)
    for n in frames:
        person.add(n * step_s, (n + 1) * step_s, label, HAPPY)
    return person


@pytest.mark.parametrize("away", [1, 2, 5, 24, 100])
def test_any_absence_is_a_hole(away: int) -> None:
    """Also that of a single frame: the exports of the same recording show it, too."""
    person = seen(*range(10), *range(10 + away, 30 + away))

    assert person.runs == [
        ("happy", 0.0, pytest.approx(10 * FRAME_S)),
        ("happy", pytest.approx((10 + away) * FRAME_S), pytest.approx((30 + away) * FRAME_S)),
    ]
    assert Spans.of(person).stretches() == [slice(0, 10), slice(10, 30)]
    few = Spans.of(person, most=8)
    assert len(few.stretches()) == 2
    assert [float(few.ends_s[one.stop - 1] - few.starts_s[one.start]) for one in few.stretches()] == [
        pytest.approx(10 * FRAME_S),
        pytest.approx(20 * FRAME_S),
    ]


def test_samples_without_probabilities_have_a_label_all_the_same() -> None:
    """The band continues, the area is interrupted."""
    person = seen(0, 1, 2)
    person.probabilities[1] = None

    assert len(person.runs) == 1
    assert Spans.of(person).stretches() == [slice(0, 1), slice(2, 3)]


def test_a_long_recording_is_thinned_out() -> None:
    """No more samples are drawn than asked for, and they cover the same time."""
    spans = Spans.of(seen(*range(4000), step_s=1 / 30), most=500)

    assert len(spans.starts_s) <= 500
    assert (spans.starts_s[0], spans.ends_s[-1]) == (0.0, pytest.approx(4000 / 30))
    assert len(spans.stretches()) == 1


def test_weeks_of_a_camera_take_no_more_memory_than_hours() -> None:
    """Also of somebody who flickers: samples and runs are few, and none is longer than what can be drawn."""
    steady, flickering = PersonTimeline(1), PersonTimeline(2)
    for n in range(10 * MOST_SAMPLES):
        steady.add(n / 10, (n + 1) / 10, "happy", HAPPY)
        flickering.add(n / 5, n / 5 + 0.1, "happy" if n % 2 else "sad", HAPPY)

    for person in (steady, flickering):
        assert MOST_SAMPLES / 8 <= len(person.starts_s) <= MOST_SAMPLES
        assert len(person.ends_s) == len(person.probabilities) == len(person.starts_s)
        assert person.starts_s[0] == 0.0 and person.count == 10 * MOST_SAMPLES
        assert np.diff(person.starts_s).max() < 0.005 * person.ends_s[-1]
    assert steady.runs == [("happy", 0.0, pytest.approx(MOST_SAMPLES))]
    assert len(flickering.runs) <= MOST_SAMPLES
    assert len(merged_runs(flickering.runs, 1000)) <= 2001


def test_those_seen_longest_are_chosen() -> None:
    """They are ordered by track number."""
    people = [seen(*range(1 + track % 5), track=track) for track in range(1, 9)]

    assert [one.track for one in choose_people(people, 3)] == [3, 4, 8]
