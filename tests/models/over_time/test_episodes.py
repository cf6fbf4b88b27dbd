"""Who came, changed and left."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.over_time.episodes import LOST_AFTER_S, Appeared, Changed, Episodes, Happening, Lost

LOOKS = st.lists(
    st.tuples(
        st.floats(0.01, 2.0),
        st.dictionaries(st.integers(1, 4), st.sampled_from(["happy", "sad", "uncertain"]), max_size=4),
    ),
    max_size=30,
)


def play(looks: Iterable[tuple[float, dict[int, str]]]) -> list[Happening]:
    """Return the events of frames, each this many seconds after the previous one."""
    episodes, time_s, found = Episodes(), 0.0, []
    for step_s, faces in looks:
        time_s += step_s
        found += episodes.update(faces.items(), time_s)
    return found + list(episodes.end())


def test_a_short_life() -> None:
    """A person comes, changes, and has left a second after they were last seen."""
    found = play([(1.0, {7: "neutral"}), (0.5, {7: "neutral"}), (0.25, {7: "happy"}), (0.25, {7: "happy"}), (1.01, {})])

    assert found == [
        Appeared(track=7, label="neutral"),
        Changed(track=7, before="neutral", after="happy"),
        Lost(track=7, began_s=1.0, ended_s=2.0, label_s={"neutral": 0.75, "happy": 0.25}),
    ]


def test_a_face_that_is_hidden_for_a_moment_has_not_left() -> None:
    """The time it was hidden counts for the label shown before."""
    found = play([(1.0, {1: "sad"}), (LOST_AFTER_S, {}), (0.0, {1: "sad"})])

    assert found == [
        Appeared(track=1, label="sad"),
        Lost(track=1, began_s=1.0, ended_s=2.0, label_s={"sad": pytest.approx(1.0)}),
    ]


def test_time_that_jumps_back_begins_anew() -> None:
    """After a jump back everybody leaves and appears again."""
    episodes = Episodes()
    list(episodes.update([(1, "happy")], 5.0))
    kinds = [type(what) for what in episodes.update([(1, "happy")], 1.0)]

    assert kinds == [Lost, Appeared]


@given(LOOKS)
def test_everyone_who_comes_leaves_once(looks: list[tuple[float, dict[int, str]]]) -> None:
    """Between coming and leaving the labels' times add up to the time the person was there."""
    here: dict[int, str] = {}
    for what in play(looks):
        if isinstance(what, Appeared):
            assert what.track not in here
            here[what.track] = what.label
        elif isinstance(what, Changed):
            assert here[what.track] == what.before != what.after
            here[what.track] = what.after
        else:
            del here[what.track]
            assert sum(what.label_s.values()) == pytest.approx(what.ended_s - what.began_s)
    assert not here
