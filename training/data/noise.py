"""Noise as of a camera's sensor, the same on every backend: each image gets a part of a table of whole numbers."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.networks import import_keras
from training.data.augment import SIGMA_UNIT, Column
from training.data.faces import SIDE

UNIT = 256
"""Standard deviation of the table: a byte's variance is (256^2 - 1) / 12, and twelve are added."""


@cache
def table(rows: int) -> NDArray[np.int32]:
    """Return noise `int32[2 * rows, 48]`: fine, then of twice the size, as in a small face that was enlarged."""
    # as many more rows as an image has, so that one begins in each of `rows`
    drawn = np.random.default_rng(0).integers(0, 256, (12, 2, rows + SIDE, SIDE)).sum(axis=0) - 12 * 255 // 2
    fine, base = drawn.astype(np.int32)
    across = 2 * base + np.roll(base, 1, axis=1) + np.roll(base, -1, axis=1)
    summed = 2 * across + np.roll(across, 1, axis=0) + np.roll(across, -1, axis=0)
    # each sum of neighbours has the standard deviation sqrt(6) instead of 1
    return np.concatenate([fine, np.rint(summed / 6).astype(np.int32)])


def noisy(x: Any, draws: Any, rows: int) -> Any:
    """Add noise to images `int32[n, 48, 48]`, as their random numbers say."""
    ops = import_keras().ops
    place = draws[:, Column.NOISE_ROW, None] + ops.arange(SIDE, dtype="int32")
    noise = ops.take(ops.convert_to_tensor(table(rows)), place, axis=0)
    unit = UNIT * SIGMA_UNIT
    return ops.clip(x + (noise * draws[:, Column.SIGMA, None, None] + unit // 2) // unit, 0, 255)
