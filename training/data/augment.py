"""Augmentation of training faces: its strength, and the random numbers of each image.

The random numbers are integers from NumPy, whatever device changes the pixels (`training.data.pixels`).
So a seed and a recipe give the same images everywhere.

The ranges were measured on FER2013: the detector's box covers 0.65 to 1.01 of the image (10th to 90th percentile), and
heads tilt by up to 18 degrees. Cameras add blur, JPEG blocks and small, distant faces.
"""

import math
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.data.faces import SIDE

Draws = NDArray[np.int32]
"""Random numbers of images, `int32[n, 17]`: columns as in `Column`."""

SUBPIXELS = 1 << 14
"""Units per pixel of the affine map."""
GAIN_UNIT = 256
"""Units of contrast per factor 1."""
FEW = (16, 36)
"""Smallest and largest side to which `degrade` reduces an image of 48 pixels."""
SIGMAS = tuple(0.5 + i / 32 for i in range(33))
"""Standard deviations of the blurs, pixels."""
QUALITIES = (15, 60)
"""Lowest and highest quality of JPEG."""
SIGMA_UNIT = 16
"""Units of noise per gray level."""
NOISE = (2, 12)
"""Least and most noise, gray levels."""
NOISE_ROWS = 4096
"""Rows of each kind in the table of noise in which an image may begin."""
MOST_GAIN, MOST_OFFSET = 4, 1020
"""Limits of contrast (factor) and brightness (gray levels): more would overflow the integers."""


class Column:
    """Columns of `Draws`."""

    MAP = slice(0, 6)
    """From a pixel of the result to the place in the image, `SUBPIXELS`: x = m0 * x + m1 * y + m2, y likewise."""
    GAIN, OFFSET = 6, 7
    """Contrast in units of `1 / GAIN_UNIT`, brightness in gray levels."""
    SMOOTH = 8
    """Row of `training.data.pixels.smoothing`; 0 for none."""
    QUALITY = 9
    """Quality of JPEG; 0 for none."""
    BOX = slice(10, 14)
    """Top, left, height and width of the erased rectangle, pixels; height 0 for none."""
    GRAY = 14
    """Gray level of the erased rectangle."""
    SIGMA = 15
    """Standard deviation of the noise, in units of `1 / SIGMA_UNIT` gray levels; 0 for none."""
    NOISE_ROW = 16
    """First row in the table of noise, see `training.data.noise`."""
    COUNT = 17


class Augment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Strength of each augmentation.

    Attributes:
        flip: Probability of mirroring.
        rotate_deg: Largest rotation to either side, degrees.
        scale: Largest magnification; the smallest is its inverse.
        shift: Largest shift, as a fraction of the side.
        light: Largest change of contrast, as a deviation from factor 1, and of brightness, as a fraction of 255.
        degrade: Probability of one of: few pixels (16 to 36 a side), blur (sigma 0.5 to 1.5), JPEG (quality 15 to 60).
        noise: Probability of noise (standard deviation 2 to 12 gray levels), half of it of twice the size.
        erase: Probability of a gray rectangle over 2 to 15 % of the image.
        mixup: Parameter alpha of the beta distribution of mixup (arXiv 1710.09412); 0 for none.
        cutmix: Probability, per batch, of CutMix (arXiv 1905.04899) instead of mixup.
        plain_epochs: Fraction of the epochs, at the end, without mixup and CutMix.
    """

    flip: float = 0.5
    rotate_deg: float = 15.0
    scale: float = 1.25
    shift: float = 0.1
    light: float = 0.25
    degrade: float = 0.2
    erase: float = 0.2
    noise: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    plain_epochs: float = 0.1


def draw(options: Augment, count: int, side: int, rng: np.random.Generator) -> Draws:
    """Return the random numbers of `count` images of `side` pixels, see `Column`."""
    found = np.zeros((count, Column.COUNT), np.int32)
    angle, zoom, dx, dy, contrast, brightness = rng.uniform(-1, 1, (6, count))
    flipped = rng.random(count) < options.flip
    found[:, Column.MAP] = _inverse_maps(
        np.deg2rad(angle * options.rotate_deg),
        options.scale**zoom,
        flipped,
        np.stack([dx, dy], 1) * options.shift * side,
        side,
    )
    gain = np.clip(1 + options.light * contrast, -MOST_GAIN, MOST_GAIN)
    found[:, Column.GAIN] = np.rint(gain * GAIN_UNIT)
    found[:, Column.OFFSET] = np.rint(np.clip(255 * options.light * brightness, -MOST_OFFSET, MOST_OFFSET))
    degraded = rng.random(count) < options.degrade
    kind = rng.integers(3, size=count)
    few = _few(count, rng)
    blur = rng.integers(len(SIGMAS), size=count) + FEW[1] - FEW[0] + 2
    found[:, Column.SMOOTH] = degraded * np.select([kind == 0, kind == 1], [few, blur], 0)
    found[:, Column.QUALITY] = degraded * (kind == 2) * rng.integers(QUALITIES[0], QUALITIES[1] + 1, count)
    erased = rng.random(count) < options.erase
    area, aspect = rng.uniform(0.02, 0.15, count) * side**2, rng.uniform(0.5, 2.0, count)
    height, width = np.rint(np.sqrt(area * aspect)).astype(int), np.rint(np.sqrt(area / aspect)).astype(int)
    top, left = (rng.integers(0, side - size + 1) for size in (height, width))
    found[:, Column.BOX] = np.stack([top, left, height, width], 1) * erased[:, None]
    found[:, Column.GRAY] = rng.integers(0, 256, count)
    draw_noise(found, options.noise, rng)
    return found


def draw_noise(draws: Draws, probability: float, rng: np.random.Generator) -> None:
    """Draw the noise of images whose other random numbers are there; without noise, no random number is used."""
    if probability > 0:
        count = len(draws)
        sigma = rng.integers(NOISE[0] * SIGMA_UNIT, NOISE[1] * SIGMA_UNIT + 1, count)
        row = rng.integers(0, NOISE_ROWS, count) + rng.integers(2, size=count) * (NOISE_ROWS + SIDE)
        draws[:, Column.SIGMA] = (rng.random(count) < probability) * sigma
        draws[:, Column.NOISE_ROW] = row


def draw_smaller(draws: Draws, probability: float, rng: np.random.Generator) -> None:
    """Let some of the images that are not degraded have few pixels."""
    sharp = (draws[:, Column.SMOOTH] == 0) & (draws[:, Column.QUALITY] == 0)
    chosen = sharp & (rng.random(len(draws)) < probability)
    draws[:, Column.SMOOTH] = np.where(chosen, _few(len(draws), rng), draws[:, Column.SMOOTH])


def _few(count: int, rng: np.random.Generator) -> NDArray[Any]:
    return rng.integers(FEW[0], FEW[1] + 1, count) - FEW[0] + 1


class Mixing(NamedTuple):
    """How each batch of an epoch is mixed with a permutation of itself, by mixup or CutMix.

    Attributes:
        other: Index, in the batch, of each image's partner, `int32[steps, n]`.
        box: Top, left and side of the square that comes from the partner, pixels, `int32[steps, 3]`; side 0 for none.
        weight: Weight of the image beside its partner, outside the square, `float32[steps]`.
    """

    other: NDArray[np.int32]
    box: NDArray[np.int32]
    weight: NDArray[np.float32]


def draw_mixing(options: Augment, steps: int, batch: int, side: int, rng: np.random.Generator) -> Mixing:
    """Return how the batches of an epoch are mixed."""
    other = np.argsort(rng.random((steps, batch)), axis=1).astype(np.int32)
    cut = rng.random(steps) < options.cutmix
    square = np.rint(side * np.sqrt(rng.uniform(0.0, 0.5, steps))).astype(np.int32) * cut
    place = (rng.random((2, steps)) * (side - square + 1)).astype(np.int32) * cut
    weight = np.ones(steps) if not options.mixup else rng.beta(options.mixup, options.mixup, steps)
    return Mixing(other, np.stack([*place, square], 1).astype(np.int32), np.where(cut, 1, weight).astype(np.float32))


def most(probability: float, count: int) -> int:
    """Return how many of `count` images have something of this probability, at most: six standard deviations."""
    if probability <= 0:
        return 0
    return min(count, math.ceil(count * probability + 6 * math.sqrt(count * probability * (1 - min(1, probability)))))


def _inverse_maps(
    angle: NDArray[Any], zoom: NDArray[Any], flipped: NDArray[Any], shift: NDArray[Any], side: int
) -> NDArray[Any]:
    """Return `Column.MAP` for a mirroring, then a rotation and magnification about the centre, then a shift."""
    cos, sin, centre = np.cos(angle) / zoom, np.sin(angle) / zoom, (side - 1) / 2
    back = np.stack([np.stack([cos, -sin], 1), np.stack([sin, cos], 1)], 1)
    sign = np.where(flipped, -1.0, 1.0)
    back[:, 0] *= sign[:, None]
    start = centre - np.einsum("nij,nj->ni", back, centre + shift)
    return np.asarray(np.rint(SUBPIXELS * np.concatenate([back, start[:, :, None]], axis=2).reshape(-1, 6)))
