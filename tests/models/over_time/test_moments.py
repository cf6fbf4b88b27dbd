"""The moments at which somebody's expression changed most."""

import pytest

from models.over_time.moments import Moment, Moments, strongest

HAPPY = (0.0, 0.0, 0.0, 0.9, 0.0, 0.0, 0.1)
NEUTRAL = (0.0, 0.0, 0.0, 0.2, 0.0, 0.0, 0.8)


def moment(time_s: float, strength: float, track: int = 1) -> Moment:
    """Return some moment."""
    return Moment(track=track, time_s=time_s, before="neutral", after="happy", strength=strength)


def test_a_change_of_label_is_a_moment() -> None:
    """Its strength is the probability that has moved within a second."""
    moments = Moments()
    assert [moments.update(1, "neutral", NEUTRAL, i / 10) for i in range(20)] == [None] * 20
    found = moments.update(1, "happy", HAPPY, 2.0)

    assert found == Moment(track=1, time_s=2.0, before="neutral", after="happy", strength=pytest.approx(0.7))
    assert moments.update(1, "happy", HAPPY, 2.1) is None


def test_people_are_not_mixed() -> None:
    """The emotions of one person do not count as changes of another."""
    moments = Moments()
    moments.update(1, "neutral", NEUTRAL, 0.0)
    moments.update(2, "happy", HAPPY, 0.0)

    assert moments.update(1, "neutral", NEUTRAL, 0.1) is None
    assert moments.update(2, "happy", HAPPY, 0.1) is None


@pytest.mark.parametrize("back_s", [5.0, 0.5])
def test_who_comes_back_begins_anew(back_s: float) -> None:
    """After an absence or a jump back in time there is no earlier value to compare with."""
    moments = Moments()
    moments.update(1, "neutral", NEUTRAL, 1.0)

    assert moments.update(1, "happy", HAPPY, back_s) is None


def test_a_face_of_which_nothing_is_known_is_no_moment() -> None:
    """Without probabilities there is no strength; the next look has one again."""
    moments = Moments()
    moments.update(1, "neutral", NEUTRAL, 0.0)
    assert moments.update(1, "uncertain", None, 0.1) is None

    found = moments.update(1, "happy", HAPPY, 0.2)
    assert found is not None and found.before == "uncertain"


def test_the_strongest_come_in_the_order_of_time() -> None:
    """Weak moments are dropped."""
    assert strongest([moment(3, 0.9), moment(1, 0.2), moment(2, 0.5)], 2) == [moment(2, 0.5), moment(3, 0.9)]


def test_a_picture_has_the_same_name_wherever_the_time_was_read() -> None:
    """A table gives milliseconds, a frame nanoseconds."""
    assert moment(62_500_000 / 1e9, 1.0, 7).name == moment(62.500 / 1e3, 1.0, 7).name == "7-62.jpg"
