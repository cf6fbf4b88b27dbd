"""Sums over periods of time."""

import pytest

from models.over_time.sums import EVERYBODY, Sums


def test_time_counts_for_the_label_that_was_shown() -> None:
    """The first look at a person takes no time; periods begin at whole multiples of their length."""
    sums = Sums(60, each=True)
    for time_s, label in ((118.5, "happy"), (119.0, "happy"), (119.5, "sad"), (120.25, "sad")):
        sums.update([(1, label, 0.5)], time_s)
    found = sums.take()

    assert {key: one.seconds for key, one in found.items()} == {(60, 1): {"happy": 1.0}, (120, 1): {"sad": 0.75}}
    assert (found[60, 1].looks, found[60, 1].confidence) == (3, 1.5)


def test_what_was_taken_is_not_given_again() -> None:
    """Partial sums can be written and added up."""
    sums = Sums(60, each=True)
    sums.update([(1, "happy", 0.5)], 1.0)
    sums.take()
    sums.update([(1, "happy", 0.5)], 1.25)

    assert sums.take()[0, 1].seconds == {"happy": 0.25}
    assert sums.take() == {}


def test_people_are_counted_but_not_told_apart() -> None:
    """Times of all people add up under track number 0."""
    sums = Sums(10, each=False)
    for time_s in (0.0, 0.5):
        sums.update([(7, "happy", 0.9), (8, "sad", 0.7)], time_s)
    found = sums.take()

    assert list(found) == [(0, EVERYBODY)]
    assert found[0, EVERYBODY].seconds == {"happy": 0.5, "sad": 0.5}
    assert len(found[0, EVERYBODY].people) == 2


@pytest.mark.parametrize("next_s", [30.0, 2.0])
def test_an_absence_is_nobodys_time(next_s: float) -> None:
    """Absences and jumps of the clock count for nobody."""
    sums = Sums(60, each=True)
    sums.update([(1, "happy", 0.5)], 5.0)
    sums.update([(1, "happy", 0.5)], next_s)

    assert all(sum(one.seconds.values()) == 0 for one in sums.take().values())


def test_others_of_the_same_number_share_no_time() -> None:
    """The time between two people with the same number counts for neither."""
    sums = Sums(60, each=True)
    sums.update([(1, "happy", 0.5)], 5.0)
    sums.forget()
    sums.update([(1, "sad", 0.5)], 5.5)

    assert sums.take()[0, 1].seconds == {"happy": 0.0, "sad": 0.0}


@pytest.mark.parametrize("step_s", [1.02, 2.5, 6.0])
def test_time_in_front_of_a_slow_camera_counts(step_s: float) -> None:
    """Who is in every frame was there all the time; who is missing in one was away from the last with them."""
    sums = Sums(1e6, each=True)
    for n in range(8):
        people = [(1, "happy", 0.5)] if n == 4 else [(1, "happy", 0.5), (2, "sad", 0.5)]
        sums.update(people, n * step_s)
    found = sums.take()

    assert found[0, 1].seconds == {"happy": pytest.approx(7 * step_s)}
    assert found[0, 2].seconds == {"sad": pytest.approx(5 * step_s)}
