"""Anchors lie where the networks' answers belong, and candidates that overlap become one face."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detectors.blazeface_openvino import LAYERS
from models.detectors.ssd import anchors, decode, merge


@pytest.mark.parametrize(
    ("network", "width", "height", "count"),
    [(128, 128, 128, 896), (192, 192, 192, 2304), (128, 96, 96, 504), (192, 224, 112, 56 * 28)],
)
def test_there_are_as_many_anchors_as_a_network_has_answers(network: int, width: int, height: int, count: int) -> None:
    """896 for the short range, 2304 for the full range, in proportion for other shapes, all inside the picture."""
    centres = anchors(width, height, LAYERS[network])

    assert centres.shape == (count, 2)
    assert centres.min() > 0 and (centres < (width, height)).all()


def test_anchors_go_row_by_row_and_coarser_grids_follow() -> None:
    """Of two grids over 32 pixels, with strides 8 and 16, two anchors at each place of the first."""
    centres = anchors(32, 32, [(8, 2), (16, 1)])

    assert len(centres) == 4 * 4 * 2 + 2 * 2
    assert centres[:4].tolist() == [[4, 4], [4, 4], [12, 4], [12, 4]]
    assert centres[-4:].tolist() == [[8, 8], [24, 8], [8, 24], [24, 24]]


def test_a_candidate_is_read_relative_to_its_anchor() -> None:
    """Ten pixels right of the anchor, twenty wide, a point five below; the other anchor says no."""
    values = np.array([[10, 0, 20, 40, 0, 5], [0, 0, 8, 8, 0, 0]], np.float32)
    centres = np.array([[25, 50], [75, 50]], np.float32)
    rows, scores = decode(values, np.array([3.0, -3.0], np.float32), centres, 0.5)

    assert rows == pytest.approx(np.array([[25, 30, 45, 70, 25, 55]]))
    assert scores == pytest.approx([1 / (1 + np.exp(-3))])


@pytest.mark.parametrize(("logit", "score"), [(-1e4, 0.0), (1e4, 1.0)])
def test_extreme_answers_are_certainties(logit: float, score: float) -> None:
    """Extreme outputs cause no overflow and no warning."""
    rows, scores = decode(np.ones((1, 4), np.float32), np.array([logit], np.float32), np.zeros((1, 2)), 0.0)

    assert scores == pytest.approx([score])


def test_a_box_without_a_size_is_no_face() -> None:
    """A network may answer with a negative width."""
    rows, scores = decode(np.array([[0, 0, -3, 3]], np.float32), np.array([9.0], np.float32), np.ones((1, 2)), 0.5)

    assert len(rows) == len(scores) == 0


def test_candidates_that_overlap_become_their_mean_by_score() -> None:
    """Two of one face, weights 3 and 1, the better one's score; the face elsewhere is unchanged."""
    rows = np.array([[0, 0, 10, 10], [2, 0, 12, 10], [50, 50, 60, 60]], np.float32)
    faces, scores = merge(rows, np.array([0.9, 0.3, 0.6], np.float32))

    assert faces == pytest.approx(np.array([[0.5, 0, 10.5, 10], [50, 50, 60, 60]]))
    assert scores == pytest.approx([0.9, 0.6])


def test_of_no_candidates_there_is_no_face() -> None:
    """The result is empty and keeps its columns."""
    faces, scores = merge(np.empty((0, 16), np.float32), np.empty(0, np.float32))

    assert faces.shape == (0, 16)
    assert len(scores) == 0


@given(
    st.lists(
        st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.01, 0.5), st.floats(0.1, 1)),
        min_size=1,
        max_size=30,
    )
)
def test_merging_keeps_within_what_was_found(candidates: list[tuple[float, float, float, float]]) -> None:
    """Faces come best first, never more than candidates, each inside the hull of all, the best score among them."""
    rows = np.array([(x, y, x + side, y + side) for x, y, side, _ in candidates], np.float32)
    scores = np.array([score for *_, score in candidates], np.float32)
    faces, best = merge(rows, scores)

    assert 1 <= len(faces) <= len(rows)
    assert best[0] == scores.max()
    assert (np.diff(best) <= 0).all()
    assert (faces >= rows.min(axis=0) - 1e-5).all() and (faces <= rows.max(axis=0) + 1e-5).all()
