"""Augmentation of training faces.

The ranges were measured on FER2013: the detector's box covers 0.65 to 1.01 of the image (10th to 90th percentile), and
heads tilt by up to 18 degrees. Cameras add blur, JPEG blocks and small, distant faces.
"""

from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray


class Augment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Strength of each augmentation.

    Attributes:
        flip: Probability of mirroring.
        rotate_deg: Largest rotation to either side, degrees.
        scale: Largest magnification; the smallest is its inverse.
        shift: Largest shift, as a fraction of the side.
        light: Largest change of contrast, as a deviation from factor 1, and of brightness, as a fraction of 255.
        degrade: Probability of one of: few pixels (16 to 36 a side), blur (sigma 0.5 to 1.5), JPEG (quality 15 to 60).
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
    mixup: float = 0.0
    cutmix: float = 0.0
    plain_epochs: float = 0.1


def augment(images: NDArray[np.uint8], options: Augment, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a randomly augmented version of each image, `uint8[n, side, side]`."""
    return np.stack([_one(image, options, rng) for image in images])


def mix(
    images: NDArray[np.float32], targets: dict[str, NDArray[np.float32]], options: Augment, rng: np.random.Generator
) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
    """Return the batch mixed with a permutation of itself, images and targets, by mixup or CutMix.

    Args:
        images: `float32[n, side, side]`.
        targets: Targets of the images, `float32[n, ...]` by name.
        options: Strength of the augmentations.
        rng: Random number generator.
    """
    other = rng.permutation(len(images))
    if rng.random() < options.cutmix:
        side = images.shape[1]
        share = rng.uniform(0.0, 0.5)
        height = width = round(side * share**0.5)
        top, left = rng.integers(0, side - height + 1), rng.integers(0, side - width + 1)
        mixed = images.copy()
        mixed[:, top : top + height, left : left + width] = images[other, top : top + height, left : left + width]
        weight = np.float32(1 - height * width / side**2)
    elif options.mixup:
        weight = np.float32(rng.beta(options.mixup, options.mixup))
        mixed = weight * images + (1 - weight) * images[other]
    else:
        return images, targets
    return mixed, {name: weight * value + (1 - weight) * value[other] for name, value in targets.items()}


def _one(image: NDArray[np.uint8], o: Augment, rng: np.random.Generator) -> NDArray[np.uint8]:
    side = image.shape[0]
    angle, zoom, dx, dy, contrast, brightness = rng.uniform(-1, 1, 6)
    matrix = cv2.getRotationMatrix2D((side / 2 - 0.5, side / 2 - 0.5), angle * o.rotate_deg, o.scale**zoom)
    if rng.random() < o.flip:
        matrix = matrix @ np.array([[-1, 0, side - 1], [0, 1, 0], [0, 0, 1]])
    matrix[:, 2] += (dx * o.shift * side, dy * o.shift * side)
    warped = cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    image = np.asarray(warped, np.uint8)
    mean = float(image.mean())
    gain, offset = 1 + o.light * contrast, 255 * o.light * brightness
    image = np.clip(np.rint((image.astype(np.float32) - mean) * gain + mean + offset), 0, 255).astype(np.uint8)
    if rng.random() < o.degrade:
        image = _degrade(image, rng)
    if rng.random() < o.erase:
        area, aspect = rng.uniform(0.02, 0.15) * side**2, rng.uniform(0.5, 2.0)
        height, width = round((area * aspect) ** 0.5), round((area / aspect) ** 0.5)
        top, left = rng.integers(0, side - height + 1), rng.integers(0, side - width + 1)
        image[top : top + height, left : left + width] = rng.integers(0, 256)
    return image


def _degrade(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    side = image.shape[0]
    kind = rng.integers(3)
    done: Any
    if kind == 0:
        few = int(rng.integers(side // 3, side * 3 // 4 + 1))
        small = cv2.resize(image, (few, few), interpolation=cv2.INTER_AREA)
        done = cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR)
    elif kind == 1:
        done = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.5))
    else:
        _, code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 61))])
        done = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
    return np.asarray(done, np.uint8)
