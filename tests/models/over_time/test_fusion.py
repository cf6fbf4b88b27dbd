"""A belief follows a face steadily at any frame rate, and is `uncertain` when it does not know."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.over_time.fusion import Belief, FusionSettings

HAPPY, SAD, NEUTRAL = 3, 4, 6


def look(index: int, probability: float = 0.7) -> NDArray[np.float64]:
    """Return seven probabilities with `probability` at `index` and the rest spread evenly."""
    p = np.full(7, (1 - probability) / 6)
    p[index] = probability
    return p


def believe(
    looks: list[NDArray[np.float64]],
    *,
    hz: float = 10.0,
    start_s: float = 0.0,
    belief: Belief | None = None,
    size: float = 60.0,
    sharpness: float | None = None,
    **turn: float,
) -> Belief:
    """Feed looks at a fixed rate."""
    belief = belief or Belief(FusionSettings())
    for i, p in enumerate(looks):
        belief.update(p, start_s + i / hz, size=size, sharpness=sharpness, **turn)
    return belief


def test_first_look_gives_the_label_at_once() -> None:
    """One good classification is enough for a label."""
    belief = believe([look(HAPPY)])

    assert belief.label == HAPPY
    assert belief.confidence == pytest.approx(0.7)
    assert belief.fused == pytest.approx(look(HAPPY))


def test_one_odd_look_changes_nothing() -> None:
    """A single contradicting classification never flips the label, at once or later."""
    belief = believe([look(HAPPY)] * 10)
    belief.update(look(SAD, 1.0), 1.0, size=60)
    labels = [belief.label]
    for i in range(10):
        belief.update(look(HAPPY), 1.1 + i / 10, size=60)
        labels.append(belief.label)

    assert labels == [HAPPY] * 11


@pytest.mark.parametrize("hz", [5.0, 10.0, 30.0])
def test_a_lasting_change_is_shown_within_half_a_second(hz: float) -> None:
    """The label follows a lasting change after the dwell time and before half a second has gone, at any rate."""
    belief = believe([look(HAPPY)] * int(2 * hz), hz=hz)
    changed_s = None
    for i in range(int(2 * hz)):
        belief.update(look(SAD), 2 + i / hz, size=60)
        if changed_s is None and belief.label == SAD:
            changed_s = i / hz

    assert changed_s is not None
    assert 0.25 <= changed_s <= 0.5


def test_a_small_lead_never_changes_the_label() -> None:
    """An emotion that leads by less than the margin does not replace the one shown."""
    p = np.array([0.02, 0.02, 0.02, 0.42, 0.48, 0.02, 0.02])
    belief = believe([p] * 50, start_s=1.0, belief=believe([look(HAPPY)] * 5))

    assert belief.fused.argmax() == SAD
    assert belief.label == HAPPY


@pytest.mark.parametrize(("sure", "label"), [(0.36, None), (0.44, None), (0.46, SAD)])
def test_uncertain_ends_once_the_confidence_is_clear_of_the_limit(sure: float, label: int | None) -> None:
    """A confidence that wavers just above the limit leaves the face uncertain; a label stays there, too."""
    doubt = believe([look(SAD, 0.3)] * 5)
    found = believe([look(SAD, sure)] * 20, start_s=1.0, belief=doubt)
    shown = believe([look(SAD, sure)] * 20, start_s=1.0, belief=believe([look(SAD)] * 5))

    assert found.label == label
    assert shown.label == SAD


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.floats(0.2, 0.95)), min_size=3, max_size=6), st.floats(20.0, 200.0))
def test_frame_rate_does_not_matter(marks: list[tuple[int, float]], size: float) -> None:
    """The same slow trace, sampled 10 and 30 times a second, gives nearly the same belief."""
    key_s = np.arange(len(marks)) * 1.0
    keys = np.log(np.stack([look(i, p) for i, p in marks]))

    def trace(time_s: float) -> NDArray[np.float64]:
        p = np.exp([np.interp(time_s, key_s, keys[:, k]) for k in range(7)])
        return np.asarray(p / p.sum())

    slow, fast = Belief(FusionSettings(min_face_px=0)), Belief(FusionSettings(min_face_px=0))
    for i in range(30 * (len(marks) - 1) + 1):
        fast.update(trace(i / 30), i / 30, size=size)
        if i % 3 == 0:
            slow.update(trace(i / 30), i / 30, size=size)

            assert slow.fused == pytest.approx(fast.fused, abs=0.08)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.floats(0, 1), min_size=7, max_size=7),
            st.floats(-5, 100),
            st.floats(0, 500),
            st.floats(-1, 2),
            st.none() | st.floats(0, 1e4),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_any_input_leaves_probabilities(looks: list[tuple[list[float], float, float, float, float | None]]) -> None:
    """Zeros, jumps in time, odd sizes and scores always leave seven probabilities that sum to one."""
    belief = Belief(FusionSettings())
    for p, time_s, size, score, sharpness in looks:
        belief.update(p, time_s, size=size, score=score, sharpness=sharpness)

        assert belief.fused.sum() == pytest.approx(1.0)
        assert np.isfinite(belief.fused).all()
        assert belief.label is None or 0 <= belief.label < 7
        assert 0 <= belief.confidence <= 1


@pytest.mark.parametrize(("size", "sharpness"), [(20.0, 500.0), (60.0, 2.0)], ids=["too small", "too blurred"])
def test_a_bad_face_is_uncertain_and_a_good_look_ends_it(size: float, sharpness: float) -> None:
    """A face that is too small or blurred is `uncertain`; the first good classification ends that."""
    belief = believe([look(HAPPY)] * 10, size=size, sharpness=sharpness)

    assert belief.label is None
    assert belief.confidence == 0

    belief.update(look(SAD), 1.0, size=60, sharpness=500)

    assert belief.label == SAD
    assert belief.fused == pytest.approx(look(SAD))


@pytest.mark.parametrize("turn", [{"yaw": 60.0}, {"yaw": -60.0}, {"pitch": 60.0}, {"pitch": -60.0}])
def test_a_face_turned_away_is_uncertain_once_it_stays_so(turn: dict[str, float]) -> None:
    """What the network guesses of a profile does not count; within the limits it does."""
    belief = believe([look(HAPPY)] * 10, **{name: angle / 4 for name, angle in turn.items()})
    before = belief.fused.copy()
    assert belief.label == HAPPY

    believe([look(SAD)] * 10, start_s=1.0, belief=belief, **turn)
    assert belief.label is None
    assert belief.fused == pytest.approx(before)


def test_a_short_blur_keeps_the_label_a_long_one_does_not() -> None:
    """A few blurred classifications change nothing; lasting blur ends in `uncertain`."""
    belief = believe([look(HAPPY)] * 10)
    before = belief.fused.copy()
    believe([look(SAD)] * 2, start_s=1.0, belief=belief, sharpness=1)

    assert belief.label == HAPPY
    assert belief.fused == pytest.approx(before)

    believe([look(SAD)] * 5, start_s=1.2, belief=belief, sharpness=1)

    assert belief.label is None


def test_a_flat_distribution_is_uncertain() -> None:
    """Without a leading emotion the label is `uncertain`."""
    belief = believe([look(NEUTRAL, 0.3)] * 10)

    assert belief.label is None
    assert belief.confidence == pytest.approx(0.3)


def test_hovering_at_the_threshold_does_not_flicker() -> None:
    """A confidence that swings about the threshold leaves one label standing."""
    belief = believe([look(NEUTRAL, 0.3)] * 10)
    labels = set()
    for i in range(60):
        belief.update(look(NEUTRAL, 0.33 if i % 10 < 5 else 0.38), 1 + i / 10, size=60)
        labels.add(belief.label)

    assert labels == {None}


def test_small_and_doubtful_faces_weigh_less() -> None:
    """The same contradiction moves the belief less when the face is small or the detector unsure."""
    moved = []
    for size, score in ((60.0, 1.0), (30.0, 1.0), (60.0, 0.5), (30.0, 0.5)):
        belief = believe([look(HAPPY)] * 5)
        belief.update(look(SAD), 0.5, size=size, score=score)
        moved.append(belief.fused[SAD])

    assert moved[0] > moved[1] > moved[3]
    assert moved[0] > moved[2] > moved[3]


def test_time_that_jumps_back_does_not_freeze_the_label() -> None:
    """After a jump back in the stream the label still follows the face."""
    belief = believe([look(HAPPY)] * 10, start_s=100.0)
    believe([look(SAD)] * 20, belief=belief)

    assert belief.label == SAD


def test_no_time_constant_means_the_latest_look() -> None:
    """`tau_s = 0` switches the average off."""
    belief = believe([look(HAPPY), look(SAD)], belief=Belief(FusionSettings(tau_s=0)))

    assert belief.fused == pytest.approx(look(SAD))


@pytest.mark.parametrize(("name", "value"), [("tau_s", -1.0), ("margin", 1.5), ("dwell_s", float("nan"))])
def test_settings_out_of_range_are_refused(name: str, value: float) -> None:
    """A nonsensical setting is refused with its name."""
    with pytest.raises(ValueError, match=name):
        FusionSettings(**{name: value})
