"""How different colours are, also to colour-blind people."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

VISIONS = {
    "normal": np.eye(3),
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Vision to its matrix on linear RGB (Machado et al. 2009)."""


def linear(colors: Iterable[str]) -> NDArray[np.float64]:
    """Return linear RGB of sRGB colours such as `#E25C2B`, `float64[n, 3]`."""
    srgb = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colors]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def least_difference(colors: Iterable[str]) -> float:
    """Return the smallest difference (CIEDE2000) of any two colours in any vision."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    light = linear(colors)
    least = np.inf
    for matrix in VISIONS.values():
        seen = np.clip(light @ np.transpose(matrix), 0, 1)
        lab = rgb2lab(np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055))
        least = min(least, *(deltaE_ciede2000(lab[i], lab[j]) for i in range(len(lab)) for j in range(i)))
    return float(least)
