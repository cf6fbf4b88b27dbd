"""From the raw output of a single-shot detector to faces: anchors, decoding, and one box for each cluster of boxes.

A network of this kind (SSD, Liu et al. 2016, arXiv 1512.02325) says for every anchor, a fixed point of the picture, how
likely a face is there, and where its box and its points are relative to the anchor. BlazeFace's anchors have no size of
their own, and overlapping boxes are averaged by score where others keep the best (Bazarevsky et al. 2019, arXiv
1907.05047, section 3.3), which keeps boxes from jumping between neighbours.
"""

from collections.abc import Sequence

import numpy as np

from models.detectors.base import Floats

SAME_FACE = 0.3
"""Boxes with a larger intersection over union are one face (`min_suppression_threshold` in MediaPipe's graphs)."""
_HIGHEST_LOGIT = 80.0
"""Beyond it the exponential of a `float32` overflows, and a probability is 0 or 1 anyway."""


def anchors(size: int, layers: Sequence[tuple[int, int]]) -> Floats:
    """Return the centres of all anchors, `float32[n, 2]`: x and y as parts of the picture's side.

    Args:
        size: Side of the network's input, pixels.
        layers: Stride in pixels, and anchors at each position, for each grid that the network answers on.
    """
    grids = []
    for stride, each in layers:
        cells = -(-size // stride)
        centres = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(centres, centres, indexing="ij")
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), each, axis=0))
    return np.concatenate(grids)


def decode(values: Floats, logits: Floats, centres: Floats, size: int, min_score: float) -> tuple[Floats, Floats]:
    """Return the candidates at or above a score.

    Args:
        values: The network's numbers for each anchor, `float32[n, 4 + 2 * points]`, pixels of its input: centre of the
            box relative to the anchor, width and height, then x and y of each point relative to the anchor.
        logits: Of the probability that there is a face, `float32[n]`.
        centres: See `anchors`.
        size: Side of the network's input, pixels.
        min_score: 0 to 1.

    Returns:
        `float32[m, 4 + 2 * points]`: left, top, right, bottom, then x and y of each point, as parts of the input's
        side; and the scores `float32[m]`.
    """
    scores = np.asarray(1 / (1 + np.exp(-np.clip(logits, -_HIGHEST_LOGIT, _HIGHEST_LOGIT))), np.float32)
    chosen = np.flatnonzero(scores >= min_score)
    rows = values[chosen] / np.float32(size)
    half = rows[:, 2:4] / 2
    points = rows[:, 4:] + np.tile(centres[chosen], (1, rows.shape[1] // 2 - 2))
    centre = rows[:, :2] + centres[chosen]
    real = (half > 0).all(axis=1)
    return np.concatenate([centre - half, centre + half, points], axis=1)[real], scores[chosen][real]


def merge(rows: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """Return one row for each face, those with the highest scores first.

    The best candidate and all that overlap it become their mean, weighted by score, with the best one's score; then the
    best of the others, until none is left.

    Args:
        rows: Candidates, left, top, right, bottom first; all columns are averaged.
        scores: `float32[m]`.
    """
    order = np.argsort(-scores, kind="stable")
    rows, scores = rows[order], scores[order]
    faces, best = [], []
    while len(rows):
        same = _overlap(rows) > SAME_FACE
        same[0] = True
        faces.append(scores[same] @ rows[same] / scores[same].sum())
        best.append(scores[0])
        rows, scores = rows[~same], scores[~same]
    return np.asarray(faces, np.float32).reshape(-1, rows.shape[1]), np.asarray(best, np.float32)


def _overlap(rows: Floats) -> Floats:
    """Return the intersection over union of each box with the first."""
    low = np.maximum(rows[0, :2], rows[:, :2])
    high = np.minimum(rows[0, 2:4], rows[:, 2:4])
    common = np.clip(high - low, 0, None).prod(axis=1)
    areas = (rows[:, 2:4] - rows[:, :2]).prod(axis=1)
    return np.asarray(common / (areas[0] + areas - common), np.float32)
