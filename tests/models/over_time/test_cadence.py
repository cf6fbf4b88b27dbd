"""Nobody is absent only because a camera is slow, and a pause of a quick one remains one."""

import pytest

from models.over_time.cadence import LONGEST_S, Cadence


def fed(*times_s: float) -> Cadence:
    """Return the cadence of frames at these times."""
    cadence = Cadence()
    for time_s in times_s:
        cadence.note(time_s)
    return cadence


@pytest.mark.parametrize("step_s", [1.03, 2.0, 4.0, LONGEST_S])
def test_a_usual_step_is_no_absence(step_s: float) -> None:
    """The next frame of a slow camera comes as late as those before, also the second one, of which nothing is known."""
    for count in (1, 2, 6):
        times_s = [step_s * n for n in range(count)]
        assert fed(*times_s).absence_s(times_s[-1] + step_s, 1.0) == pytest.approx(step_s)


@pytest.mark.parametrize("rate", [30.0, 5.0, 1.5])
def test_an_unusual_step_is_one(rate: float) -> None:
    """A camera that pauses for longer than two of its frames has hidden who came and went."""
    cadence = fed(*(n / rate for n in range(10)))

    assert cadence.absence_s(9 / rate + 3.0, 1.0) == 1.0
    assert cadence.absence_s(9 / rate + 0.9, 1.0) == 1.0


def test_one_dropped_frame_is_no_absence_of_a_slow_camera() -> None:
    """Two steps at once are, for a quick camera, shorter than what is tolerated anyway."""
    assert fed(0.0, 1.0, 2.0, 3.0).absence_s(5.0, 1.0) == 2.0
    assert fed(0.0, 1.0, 2.0, 3.0).absence_s(6.0, 1.0) == 1.0


def test_a_camera_that_becomes_slower_is_known_after_some_frames() -> None:
    """At night many cameras double or triple their exposure."""
    cadence = fed(0.0, 0.04, 0.08, 0.12)
    times_s = [0.12 + 1.2 * n for n in range(1, 7)]
    found = []
    for time_s in times_s:
        found.append(cadence.absence_s(time_s, 1.0))
        cadence.note(time_s)

    assert found[0] == 1.0
    assert found[-1] == pytest.approx(1.2)


def test_a_step_too_long_and_a_clock_set_back_are_unknown() -> None:
    """Above the limit nobody can tell; after a jump back the steps before do not count."""
    assert Cadence().absence_s(5.0, 1.0) == 1.0
    assert fed(0.0, 60.0, 120.0).absence_s(180.0, 1.0) == 1.0
    assert fed(100.0, 105.0, 110.0, 3.0).absence_s(5.0, 1.0) == 2.0
    assert fed(100.0).absence_s(50.0, 1.0) == 1.0
