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


def combine(outputs: Outputs, head: str, labels: Sequence[str]) -> NDArray[np.float32]:
    """Return the seven probabilities of one head, or of both blended.

    Args:
        outputs: The network's outputs: `fer2013` in the order of `labels`, optionally `ferplus` in the order of
            `FERPLUS`.
        head: `fer2013`, `ferplus` (without contempt, the rest scaled to sum to 1), or `blend`, the mean of both:
            FER2013 was labelled by search terms, FER+ by ten annotators; their mean generalises best to other data.
        labels: The seven emotions in the desired order.

    Returns:
        `float32[n, 7]`; each row sums to 1.
    """
    if head == "fer2013":
        return outputs["fer2013"]
    # The constant avoids 0 / 0 for a face that is all contempt: it becomes uniform.
    seven = outputs["ferplus"][:, [FERPLUS.index(label) for label in labels]] + 1e-6
    seven = seven / seven.sum(axis=1, keepdims=True)
    return np.asarray(seven if head == "ferplus" else (outputs["fer2013"] + seven) / 2, np.float32)
