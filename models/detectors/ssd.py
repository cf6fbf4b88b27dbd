"""Postprocessing of a single-shot detector: anchors, decoding, and one box per cluster of boxes.

For every anchor, a fixed point of the image, the network (SSD, Liu et al. 2016, arXiv 1512.02325) predicts how likely a
face is there, and its box and points relative to the anchor. BlazeFace's anchors have no size. Overlapping boxes are
averaged by score instead of keeping only the best (Bazarevsky et al. 2019, arXiv 1907.05047, section 3.3). This
prevents boxes from jumping between neighbouring anchors.
"""

import math
from collections.abc import Sequence

import numpy as np

from models.detectors.base import Floats

SAME_FACE = 0.3
"""Intersection over union above which boxes are one face (`min_suppression_threshold` in MediaPipe's graphs)."""
_HIGHEST_LOGIT = 80.0
"""Logits are clipped to this: beyond it `exp` overflows in `float32`, and the probability is 0 or 1 anyway."""


def anchors(width: int, height: int, layers: Sequence[tuple[int, int]]) -> Floats:
    """Return the centres of all anchors, `float32[n, 2]`: x and y in pixels of the network's input.

    Args:
        width: Columns of the input, pixels.
        height: Rows of the input, pixels.
        layers: Stride in pixels and anchors per position, for each of the network's output grids.
    """
    grids = []
    for stride, each in layers:
        columns, rows = ((np.arange(-(-side // stride), dtype=np.float32) + 0.5) * stride for side in (width, height))
        y, x = np.meshgrid(rows, columns, indexing="ij")
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), each, axis=0))
    return np.concatenate(grids)


def decode(values: Floats, logits: Floats, centres: Floats, min_score: float) -> tuple[Floats, Floats]:
    """Return the candidates with at least a minimum score.

    Args:
        values: The network's output for each anchor, `float32[n, 4 + 2 * points]`, in pixels of its input: the box's
            centre relative to the anchor, its width and height, then x and y of each point relative to the anchor.
        logits: Logits of the face probability, `float32[n]`.
        centres: The result of `anchors`.
        min_score: Lowest score to return, 0 to 1.

    Returns:
        `float32[m, 4 + 2 * points]`: left, top, right, bottom, then x and y of each point, in pixels of the input; and
        the scores, `float32[m]`.
    """
    # a logit for each of thousands of anchors, of which few are candidates, and in most searches none
    (chosen,) = (logits >= _logit(min_score)).nonzero()
    if not len(chosen):
        return values[:0], logits[:0]
    scores = np.asarray(1 / (1 + np.exp(-np.clip(logits[chosen], -_HIGHEST_LOGIT, _HIGHEST_LOGIT))), np.float32)
    rows = values[chosen]
    half = rows[:, 2:4] / 2
    # the box's centre and the points are relative to the anchor, its size is not
    pairs = rows.reshape(len(rows), -1, 2) + centres[chosen, None]
    decoded = pairs.reshape(rows.shape)
    decoded[:, 2:4] = decoded[:, :2] + half
    decoded[:, :2] -= half
    real = (half > 0).all(axis=1)
    return (decoded, scores) if real.all() else (decoded[real], scores[real])


def _logit(score: float) -> float:
    """Return the logit of a score from 0 to 1, infinite at both ends."""
    return math.log(score / (1 - score)) if 0 < score < 1 else math.copysign(math.inf, score - 0.5)


def merge(rows: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """Return one row per face, `float32[k, columns]`, highest score first, and the scores `float32[k]`.

    The best candidate and all that overlap it are replaced by their score-weighted mean, which keeps the best score.
    This repeats until no candidate is left.

    Args:
        rows: Candidates, `float32[m, columns]`, starting with left, top, right, bottom; all columns are averaged.
        scores: Their scores, `float32[m]`.
    """
    if len(rows) <= 1:
        return rows, scores
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
