"""Choosing a network's output, and mapping the eight classes of FER+ to the seven of FER2013."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Outputs = Mapping[str, NDArray[np.float32]]
"""Probabilities `float32[n, k]` by head name."""

FERPLUS = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt")
"""The eight classes of FER+ in their published order, under FER2013's names.

Source: `microsoft/FERPlus`, header of `fer2013new.csv`: neutral, happiness, surprise, sadness, anger, disgust, fear,
contempt."""

BLEND = 0.3
"""Share of FER+ in `blend`, 0 to 1. It decides which of the two label sets runs agree with: `python -m
training.score.live` measures it, `docs/decisions/classification.md` has the numbers."""


def combine(outputs: Outputs, head: str, labels: Sequence[str]) -> NDArray[np.float32]:
    """Return the seven probabilities of one head, or of both blended.

    Args:
        outputs: The network's outputs: `fer2013` in the order of `labels`, optionally `ferplus` in the order of
            `FERPLUS`.
        head: `fer2013`, `ferplus` (without contempt, the rest scaled to sum to 1), or `blend` of both.
        labels: The seven emotions in the desired order.

    Returns:
        `float32[n, 7]`; each row sums to 1.
    """
    if head == "fer2013":
        return outputs["fer2013"]
    return blend(outputs, labels) if head == "blend" else _seven(outputs["ferplus"], labels)


def blend(outputs: Outputs, labels: Sequence[str], share: float = BLEND) -> NDArray[np.float32]:
    """Return the weighted mean of both heads.

    FER2013 was labelled by search terms, FER+ by the votes of ten annotators.

    Args:
        outputs: The network's outputs, see `combine`.
        labels: The seven emotions in the desired order.
        share: Weight of FER+, 0 to 1; the rest is that of FER2013.

    Returns:
        `float32[n, 7]`; each row sums to 1.
    """
    mixed = (1 - share) * outputs["fer2013"] + share * _seven(outputs["ferplus"], labels)
    return np.asarray(mixed, np.float32)


def _seven(ferplus: NDArray[np.float32], labels: Sequence[str]) -> NDArray[np.float32]:
    """Return FER+ without contempt, `float32[n, 7]` in the order of `labels`."""
    # The constant avoids 0 / 0 for a face that is all contempt: it becomes uniform.
    seven = ferplus[:, [FERPLUS.index(label) for label in labels]] + 1e-6
    return np.asarray(seven / seven.sum(axis=1, keepdims=True), np.float32)
