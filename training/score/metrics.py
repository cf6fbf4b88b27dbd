"""How good probabilities are. Plain arrays in, plain numbers out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

Probabilities = NDArray[np.float32] | NDArray[np.float64]
Labels = NDArray[np.int64]


def confusion(p: Probabilities, labels: Labels) -> NDArray[np.int64]:
    """Return how often each true class (row) was given each class (column)."""
    k = p.shape[1]
    return np.bincount(labels * k + p.argmax(axis=1), minlength=k * k).reshape(k, k)


def wilson(correct: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927, doi 10.1080/01621459.1927.10502953)."""
    share, extra = correct / n, z * z / n
    middle = (share + extra / 2) / (1 + extra)
    half = z * np.sqrt(share * (1 - share) / n + extra / (4 * n)) / (1 + extra)
    return float(middle - half), float(middle + half)


def ece(p: Probabilities, labels: Labels, bins: int = 15) -> float:
    """Return the expected calibration error over equally wide bins (Guo et al. 2017, arXiv 1706.04599)."""
    counts, confidences, accuracies = reliability(p, labels, bins)
    return float((counts * np.abs(accuracies - confidences)).sum() / len(labels))


def reliability(p: Probabilities, labels: Labels, bins: int = 15) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return per bin of confidence: how many, their mean confidence, their accuracy (0 where there are none)."""
    best = p.max(axis=1)
    right = p.argmax(axis=1) == labels
    which = np.minimum((best * bins).astype(int), bins - 1)
    counts = np.bincount(which, minlength=bins)
    sums = [np.bincount(which, weights=values, minlength=bins) for values in (best, right)]
    return counts, sums[0] / np.maximum(counts, 1), sums[1] / np.maximum(counts, 1)


def nll(p: Probabilities, labels: Labels) -> float:
    """Return the mean negative log-likelihood of the true class, in nats."""
    return float(-np.log(np.clip(p[np.arange(len(labels)), labels], 1e-12, 1)).mean())


def report(p: Probabilities, labels: Labels, names: tuple[str, ...]) -> dict[str, Any]:
    """Return every number worth reading; shares are 0 to 1.

    A class that the pictures do not have has no recall and does not count in the means over classes.
    """
    matrix = confusion(p, labels)
    right, true, given = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    present = true > 0
    recall, precision = right / np.maximum(true, 1), right / np.maximum(given, 1)
    f1 = 2 * right / np.maximum(true + given, 1)
    low, high = wilson(int(right.sum()), len(labels))
    return {
        "images": len(labels),
        "accuracy": float(right.sum() / len(labels)),
        "interval": [low, high],
        "balanced_accuracy": float(recall[present].mean()),
        "macro_f1": float(f1[present].mean()),
        "nll": nll(p, labels),
        "ece": ece(p, labels),
        "classes": {
            name: {
                "images": int(true[i]),
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
            }
            for i, name in enumerate(names)
        },
        "confusion": matrix.tolist(),
    }


def risk_coverage(p: Probabilities, labels: Labels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, for the most confident share of the pictures, that share and the share of errors in it."""
    order = np.argsort(-p.max(axis=1), kind="stable")
    wrong = (p.argmax(axis=1) != labels)[order]
    n = np.arange(1, len(labels) + 1)
    return n / len(labels), np.cumsum(wrong) / n


def mcnemar(p: Probabilities, q: Probabilities, labels: Labels) -> tuple[int, int, float]:
    """Compare two models on the same pictures.

    Returns:
        How often only the first was right, how often only the second, and the two-sided exact p-value.
    """
    from scipy.stats import binomtest

    first, second = p.argmax(axis=1) == labels, q.argmax(axis=1) == labels
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    both = only_first + only_second
    return only_first, only_second, float(binomtest(only_first, both).pvalue) if both else 1.0


def fit_temperature(logits: Probabilities, labels: Labels) -> float:
    """Return the temperature that logits are divided by to have the least NLL (Guo et al. 2017)."""

    def cost(log_t: float) -> float:
        return nll(softmax(logits / np.exp(log_t)), labels)

    return float(np.exp(minimize_scalar(cost, bounds=(-2, 2), method="bounded").x))


def softmax(logits: Probabilities) -> Probabilities:
    """Return the probabilities of logits, row by row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
