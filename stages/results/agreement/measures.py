"""Measures of agreement between two coders: counts in, numbers out. None stands for undefined."""

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
SEED = 0
"""Seed of the bootstrap: the same coding gives the same interval."""
LEAST_BLOCKS = 10
"""Fewest blocks for an interval; with fewer, resampling says little about another recording."""


def confusion(ours: NDArray[np.int64], theirs: NDArray[np.int64], labels: int) -> NDArray[np.int64]:
    """Count how often each pair of labels meets.

    Args:
        ours: Label of each sample, `int64[n]`; -1 where there is none.
        theirs: The coder's, `int64[n]`.
        labels: Number of labels.

    Returns:
        Samples that both coded, `int64[labels, labels]`: rows are the coder's labels, columns ours.
    """
    both = (ours >= 0) & (theirs >= 0)
    return np.bincount(theirs[both] * labels + ours[both], minlength=labels**2).reshape(labels, labels)


def kappa(counts: NDArray[np.int64]) -> float | None:
    """Return Cohen's kappa (1960) of a confusion matrix; None if both used one and the same label only."""
    value = kappas(counts[None])[0]
    return None if np.isnan(value) else float(value)


def kappas(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return Cohen's kappa of each confusion matrix of `int64[n, labels, labels]`; NaN if undefined."""
    total = counts.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = np.trace(counts, axis1=1, axis2=2) / total
        by_chance = (counts.sum(axis=1) / total[:, None] * (counts.sum(axis=2) / total[:, None])).sum(axis=1)
        return np.where(by_chance < 1 - 1e-12, (observed - by_chance) / (1 - by_chance), np.nan)


def interval(blocks: NDArray[np.int64], percent: float = 95.0) -> tuple[float, float] | None:
    """Return the block-bootstrap interval of kappa (percentile method, non-overlapping blocks: Carlstein 1986).

    Samples that follow each other are not independent, so whole blocks of seconds are drawn.

    Args:
        blocks: Confusion matrix of each block, `int64[blocks, labels, labels]`; empty ones are left out.
        percent: Confidence.

    Returns:
        Lower and upper end; None with fewer than `LEAST_BLOCKS` blocks, or if kappa is undefined.
    """
    blocks = blocks[blocks.sum(axis=(1, 2)) > 0]
    if len(blocks) < LEAST_BLOCKS or kappa(blocks.sum(axis=0)) is None:
        return None
    draws = np.random.default_rng(SEED).multinomial(len(blocks), np.full(len(blocks), 1 / len(blocks)), RESAMPLES)
    drawn = kappas(np.tensordot(draws, blocks, axes=1))
    low, high = np.nanpercentile(drawn, [50 - percent / 2, 50 + percent / 2])
    return float(low), float(high)


def f1(counts: NDArray[np.int64]) -> list[float | None]:
    """Return the F1 score of each label, which does not depend on who is the reference; None if nobody used it."""
    used = counts.sum(axis=0) + counts.sum(axis=1)
    return [2 * int(counts[i, i]) / int(n) if n else None for i, n in enumerate(used)]


def icc_2_1(ratings: NDArray[np.float64]) -> float | None:
    """Return the intraclass correlation ICC(2,1): absolute agreement of single raters, two-way random effects.

    Shrout and Fleiss (1979); ICC(A,1) of McGraw and Wong (1996).

    Args:
        ratings: Ratings of each target by each rater, `float64[targets, raters]`.

    Returns:
        The correlation; None with fewer than two targets, or if all ratings are equal.
    """
    n, k = ratings.shape
    if n < 2 or k < 2 or np.ptp(ratings) < 1e-12:
        return None
    mean = ratings.mean()
    rows = k * ((ratings.mean(axis=1) - mean) ** 2).sum()
    columns = n * ((ratings.mean(axis=0) - mean) ** 2).sum()
    errors = ((ratings - mean) ** 2).sum() - rows - columns
    of_rows, of_columns, of_errors = rows / (n - 1), columns / (k - 1), errors / ((n - 1) * (k - 1))
    below = of_rows + (k - 1) * of_errors + k * (of_columns - of_errors) / n
    return None if abs(below) < 1e-12 else float((of_rows - of_errors) / below)
