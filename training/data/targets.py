"""Training targets: FER2013's labels, softened by the FER+ votes for the same image.

FER2013 was labelled by search terms, FER+ by ten annotators. They agree with the label on 64 % of the images, so their
votes cannot replace it. But the typical label of images with the same votes shows how doubtful a label is. This works
better than smoothing all labels equally.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from training.data.faces import LABELS, Faces

FERPLUS_CLASSES = 8


def fer2013_targets(
    labels: NDArray[np.int64],
    likely: NDArray[np.float32] | None,
    votes_weight: float,
    smoothing: float = 0.0,
) -> NDArray[np.float32]:
    """Return the target distributions of the `fer2013` head, `float32[n, 7]`.

    Args:
        labels: FER2013's, `int64[n]`.
        likely: `P(label | votes)`, `float32[n, 7]`, from `VoteMap`; None without votes.
        votes_weight: Fraction of `likely` in the target.
        smoothing: Fraction of the uniform distribution.
    """
    target = np.eye(len(LABELS), dtype=np.float32)[labels]
    if likely is not None:
        target = (1 - votes_weight) * target + votes_weight * likely
    return np.asarray((1 - smoothing) * target + smoothing / len(LABELS), np.float32)


def ferplus_targets(votes: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the target distributions of the `ferplus` head, and the images' weights.

    Prepared like in Barsoum et al. 2016 (arXiv 1608.01041): single votes are dropped as noise. Votes for `unknown` and
    `NF` (not a face) count for no emotion, and images with a majority of them have no target.

    Returns:
        `float32[n, 8]`, and weights `float32[n]`, 1 or 0.
    """
    kept = np.where(votes > 1, votes, 0)
    emotions = kept[:, :FERPLUS_CLASSES]
    total = emotions.sum(axis=1)
    valid = (total > 0) & (total >= kept[:, FERPLUS_CLASSES:].sum(axis=1))
    uniform = np.full(FERPLUS_CLASSES, 1 / FERPLUS_CLASSES)
    target = np.where(valid[:, None], emotions / np.maximum(total, 1)[:, None], uniform)
    return target.astype(np.float32), valid.astype(np.float32)


def majority(votes: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the FER+ class with more than half of the votes, `int64[n]`; -1 if there is none.

    The protocol of Barsoum et al. 2016: single votes are dropped, the majority needs more than 50 %, images whose
    majority is `unknown` or `NF` are excluded.
    """
    kept = np.where(votes > 1, votes, 0)
    best = kept.argmax(axis=1)
    clear = kept.max(axis=1) > 0.5 * np.maximum(kept.sum(axis=1), 1)
    return np.where(clear & (best < FERPLUS_CLASSES), best, -1)


class VoteMap:
    """`P(FER2013 label | FER+ votes)`: multinomial logistic regression on the shares p, p squared, sqrt(p), [p > .05].

    Args:
        faces: Images with votes, to fit it on.
        ridge: Weight of the L2 penalty.
    """

    def __init__(self, faces: Faces, ridge: float = 1e-4) -> None:
        if faces.votes is None:
            raise ValueError("expected images with votes, found none")
        features, labels = _features(faces.votes), faces.labels
        shape = (features.shape[1], len(LABELS))
        onehot = np.eye(len(LABELS))[labels]

        def cost(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            matrix = flat.reshape(shape)
            p = _softmax(features @ matrix)
            nll = -np.log(p[np.arange(len(labels)), labels] + 1e-12).mean() + ridge * (flat @ flat)
            return nll, (features.T @ (p - onehot) / len(labels) + 2 * ridge * matrix).ravel()

        found = minimize(cost, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 200})
        self._matrix = found.x.reshape(shape)

    def __call__(self, votes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the probabilities of the seven labels, `float32[n, 7]`."""
        return _softmax(_features(votes) @ self._matrix).astype(np.float32)


def _features(votes: NDArray[np.float32]) -> NDArray[np.float64]:
    p = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    return np.hstack([p, p**2, np.sqrt(p), p > 0.05, np.ones((len(p), 1))]).astype(np.float64)


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
