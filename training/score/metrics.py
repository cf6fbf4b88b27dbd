"""Classification metrics. Arrays in, numbers out; probabilities are `float[n, k]`, labels `int64[n]`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from models.over_time.fusion import PROBABILITY_FLOOR

Probabilities = NDArray[np.float32] | NDArray[np.float64]
Labels = NDArray[np.int64]


def confusion(p: Probabilities, labels: Labels) -> NDArray[np.int64]:
    """Return the confusion matrix, `int64[k, k]`: counts by true class (row) and predicted class (column)."""
    k = p.shape[1]
    return np.bincount(labels * k + p.argmax(axis=1), minlength=k * k).reshape(k, k)


def wilson(correct: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % confidence interval of a proportion (Wilson 1927, doi 10.1080/01621459.1927.10502953)."""
    share, extra = correct / n, z * z / n
    middle = (share + extra / 2) / (1 + extra)
    half = z * np.sqrt(share * (1 - share) / n + extra / (4 * n)) / (1 + extra)
    return float(middle - half), float(middle + half)


def ece(p: Probabilities, labels: Labels, bins: int = 15) -> float:
    """Return the expected calibration error over bins of equal width (Guo et al. 2017, arXiv 1706.04599)."""
    counts, confidences, accuracies = reliability(p, labels, bins)
    return float((counts * np.abs(accuracies - confidences)).sum() / len(labels))


def reliability(p: Probabilities, labels: Labels, bins: int = 15) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return count, mean confidence and accuracy of each confidence bin; 0 for empty bins."""
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
    """Return all metrics; fractions are 0 to 1.

    A class without images has no recall and is excluded from the means over classes.
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


def neutral_mean(p: Probabilities, labels: Labels, names: Sequence[str]) -> dict[str, float]:
    """Return the mean log-probability of each class over the neutral faces; empty without one."""
    own = p[labels == list(names).index("neutral")]
    means = np.log(np.clip(own, PROBABILITY_FLOOR, 1.0)).mean(axis=0) if len(own) else ()
    return {name: round(float(mean), 3) for name, mean in zip(names, means, strict=False)}


def risk_coverage(p: Probabilities, labels: Labels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the risk-coverage curve: fractions of the most confident images, and the error rate of each."""
    order = np.argsort(-p.max(axis=1), kind="stable")
    wrong = (p.argmax(axis=1) != labels)[order]
    n = np.arange(1, len(labels) + 1)
    return n / len(labels), np.cumsum(wrong) / n


def mcnemar(p: Probabilities, q: Probabilities, labels: Labels) -> tuple[int, int, float]:
    """Compare two models on the same images by McNemar's test.

    Returns:
        Number of images that only the first model got right, number for the second, and the exact two-sided p-value.
    """
    from scipy.stats import binomtest

    first, second = p.argmax(axis=1) == labels, q.argmax(axis=1) == labels
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    both = only_first + only_second
    return only_first, only_second, float(binomtest(only_first, both).pvalue) if both else 1.0


def fit_temperature(logits: Probabilities, labels: Labels) -> float:
    """Return the temperature that minimises the NLL when dividing logits by it (Guo et al. 2017)."""

    def cost(log_t: float) -> float:
        return nll(softmax(logits / np.exp(log_t)), labels)

    return float(np.exp(minimize_scalar(cost, bounds=(-2, 2), method="bounded").x))


def softmax(logits: Probabilities) -> Probabilities:
    """Return the softmax of each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
