"""The stored history is summed up in steps that a chart can show."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pipeline.history.read import LABELS, MinuteRow
from pipeline.history.write import History
from stages.web.charts.stored import MOST_STEPS, Stored, choose_step
from stages.web.live.samples import track_of

DAY_S = 86_400
HAPPY, SAD = LABELS.index("happy"), LABELS.index("sad")


def make_minute(at: int, label: str, seconds: float, run: int = 1000, track: int = 1) -> MinuteRow:
    values = {"camera": "hall", "run": run, "since": run, "track": track, "people": 1, "looks": 1, "confidence": 0.5}
    return MinuteRow(at=at, seconds={label: seconds}, **values)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return ten minutes: somebody happy, who comes back after a new start as another track 1, sad."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as writer:
        rows = [make_minute(60 * i, "happy", 10.0) for i in range(5)]
        writer.write([], [*rows, *(make_minute(60 * i, "sad", 20.0, run=1999) for i in range(5, 10))])
    return path


def test_people_of_two_starts_are_two(path: Path) -> None:
    """Nobody's time is another's, though both are called 1."""
    stored = Stored.read(path, "hall", 0.0, 600.0)
    seconds = stored.label_seconds()
    happy, sad = seconds

    assert track_of(happy) == track_of(sad) == 1
    assert seconds == {happy: {"happy": 50.0}, sad: {"sad": 100.0}}
    assert stored.by_step()[:, [HAPPY, SAD]].tolist() == [[10.0, 0.0]] * 5 + [[0.0, 20.0]] * 5
    assert stored.by_step(sad).sum() == 100.0


def test_everybody_is_one(path: Path) -> None:
    """Where individuals are not distinguished, all starts of the camera are one."""
    with closing(History(path, 10**8)) as writer:
        writer.write([], [make_minute(60 * i, "sad", 1.0, run=1000 * i, track=0) for i in (1, 2, 3)])

    assert Stored.read(path, "hall", 0.0, 600.0).label_seconds()[0] == {"sad": 3.0}


def test_days_begin_at_midnight_of_the_machine(tmp_path: Path, live_in: Callable[[str], None]) -> None:
    """As they do on the page of the audience."""
    midnight = 1_780_264_800  # of June 2026 in Berlin
    with closing(History(tmp_path / "h.sqlite", 10**8)) as writer:
        writer.write([], [make_minute(midnight + at, "sad", 1.0) for at in (-60, 0, DAY_S - 60)])
    live_in("Europe/Berlin")
    stored = Stored.read(tmp_path / "h.sqlite", "hall", midnight - 60 * DAY_S, midnight + 20 * DAY_S)

    assert (stored.step_s, stored.by_step()[59:61, SAD].tolist()) == (DAY_S, [1.0, 2.0])


def test_a_part_of_the_time(path: Path) -> None:
    """Every step that it touches counts."""
    stored = Stored.read(path, "hall", 0.0, 600.0)

    assert list(stored.label_seconds(0.0, 0.5).values()) == [{"happy": 50.0}]
    assert list(stored.label_seconds(0.45, 0.55).values()) == [{"happy": 10.0}, {"sad": 20.0}]


def test_a_time_without_anybody(path: Path) -> None:
    """Its steps exist and are empty."""
    stored = Stored.read(path, "hall", 1030.0, 1200.0)

    assert (stored.from_s, stored.to_s, stored.label_seconds()) == (1020.0, 1200.0, {})
    assert np.array_equal(stored.by_step(), np.zeros((3, len(LABELS))))


@pytest.mark.parametrize("span_s", [1, 3600, 4 * 3600, DAY_S, 30 * DAY_S, 365 * DAY_S, 36_500 * DAY_S, 4e9])
def test_a_chart_has_not_too_many_steps(span_s: float) -> None:
    """However long the time; a step is whole minutes."""
    step_s = choose_step(span_s)

    assert span_s / step_s <= MOST_STEPS
    assert step_s % 60 == 0
