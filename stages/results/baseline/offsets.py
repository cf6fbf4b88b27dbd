"""How a person's neutral face differs from an average one, and probabilities without that difference.

Some faces look sad or angry at rest. With z = ln p, the logits of a frame up to a constant, m the person's mean of z
over a time in which they were neutral, and u the network's mean over the neutral faces of many people (the card's
`neutral`), the new probabilities are proportional to

    exp(z - (m - u)).

So the person's neutral time has the average neutral face as its mean, and a person who looks average is unchanged. To
subtract a person's own neutral is what FaceReader calls calibration and OpenFace person-specific normalisation
(Baltrušaitis, Mahmoud and Robinson, "Cross-dataset learning and person-specific normalisation for automatic Action Unit
detection", FG 2015). In logits it shifts the prior of each class (Menon et al. 2021, arXiv 2007.07314).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.over_time.fusion import PROBABILITY_FLOOR

Floats = NDArray[np.float64]


def offset_of(probabilities: Floats, average: ArrayLike) -> Floats:
    """Return m - u.

    Args:
        probabilities: A person's probabilities in a neutral time, `float64[n, 7]`, without NaN.
        average: Mean log-probabilities of neutral faces, `float[7]`.
    """
    return np.asarray(_logs(probabilities).mean(axis=0) - np.asarray(average, np.float64))


def without(probabilities: Floats, offset: Floats) -> Floats:
    """Return probabilities without an offset, `float64[n, 7]`; each row sums to 1, NaN stays NaN.

    Args:
        probabilities: `float64[n, 7]`.
        offset: `float64[7]`, or one for each row, `float64[n, 7]`.
    """
    moved = _logs(probabilities) - offset
    powers = np.exp(moved - moved.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _logs(probabilities: Floats) -> Floats:
    # the same limit as in the fusion over time, so that one classification near 0 does not decide
    return np.asarray(np.log(np.clip(probabilities, PROBABILITY_FLOOR, 1.0)))
