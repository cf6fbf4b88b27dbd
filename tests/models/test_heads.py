"""Eight classes become seven without mixing their order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.heads import BLEND, FERPLUS, blend, combine

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def one_hot(count: int, index: int) -> np.ndarray:
    """Return one row that is sure of one class."""
    return np.eye(count, dtype=np.float32)[index : index + 1]


@pytest.mark.parametrize("label", LABELS)
def test_every_class_finds_its_place(label: str) -> None:
    """A FER+ class ends at the emotion of the same meaning."""
    outputs = {"fer2013": one_hot(7, 0), "ferplus": one_hot(8, FERPLUS.index(label))}

    assert combine(outputs, "ferplus", LABELS)[0].argmax() == LABELS.index(label)
    assert combine(outputs, "fer2013", LABELS)[0].argmax() == 0


def test_a_blend_has_its_share_of_each_head() -> None:
    """Two heads sure of different emotions blend by the share; 0 and 1 are the heads themselves."""
    outputs = {"fer2013": one_hot(7, LABELS.index("sad")), "ferplus": one_hot(8, FERPLUS.index("happy"))}
    for share in (0.0, 0.25, 1.0):
        p = blend(outputs, LABELS, share)[0]
        assert p[[LABELS.index("sad"), LABELS.index("happy")]] == pytest.approx([1 - share, share], abs=1e-4)
    assert blend(outputs, LABELS, 0.0) == pytest.approx(combine(outputs, "fer2013", LABELS))
    assert blend(outputs, LABELS, 1.0) == pytest.approx(combine(outputs, "ferplus", LABELS))


def test_runs_and_evaluations_blend_by_the_constant() -> None:
    """The head `blend` has the share that the measurement chose."""
    outputs = {"fer2013": one_hot(7, LABELS.index("sad")), "ferplus": one_hot(8, FERPLUS.index("happy"))}

    assert combine(outputs, "blend", LABELS) == pytest.approx(blend(outputs, LABELS, BLEND))
    assert combine(outputs, "blend", LABELS)[0, LABELS.index("happy")] == pytest.approx(BLEND, abs=1e-4)


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8))
def test_rows_sum_to_one(weights: list[float]) -> None:
    """Whatever FER+ says, all contempt or all zeros too, seven numbers remain that sum to one."""
    ferplus = np.array([weights], np.float32)
    ferplus /= max(ferplus.sum(), 1e-9)
    for head in ("ferplus", "blend"):
        seven = combine({"fer2013": one_hot(7, 0), "ferplus": ferplus}, head, LABELS)

        assert seven.dtype == np.float32
        assert seven.sum() == pytest.approx(1, abs=1e-5)
