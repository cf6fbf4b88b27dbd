"""The augmentation of earlier versions, image by image with OpenCV: what `training.data.pixels` is compared with.

`python -m tests.training.data.with_opencv OUT.png` draws both.
"""

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.augment import Augment


def augment(images: NDArray[np.uint8], options: Augment, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a randomly augmented version of each image, `uint8[n, side, side]`."""
    return np.stack([_one(image, options, rng) for image in images])


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


def main(out: Path) -> None:
    """Draw random versions of a face: by this module in the first row, by the training in the second."""
    from training.data.augment import draw
    from training.data.pixels import arranged
    from training.data.pixels import augment as on_device

    images = np.stack([public_face()] * 12)
    options = Augment(degrade=0.5)
    draws = draw(options, len(images), 48, np.random.default_rng(2))
    rows = [augment(images, options, np.random.default_rng(1)), on_device(images, draws[arranged(draws)], options)]
    drawn = np.vstack([np.hstack(list(np.asarray(row, np.uint8))) for row in rows])
    cv2.imwrite(str(out), cv2.resize(drawn, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST))


def public_face() -> NDArray[np.uint8]:
    """Return a face of the public domain in the form of FER2013, `uint8[48, 48]`."""
    import skimage.data

    gray = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(gray[65:175, 170:280], (48, 48), interpolation=cv2.INTER_AREA), np.uint8)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
