"""What cameras do to faces that FER2013 does not: each changes images `uint8[n, side, side]`, the same way every time.

Eyes are where FER2013 has them: 0.395 of the side from the top, 0.366 apart. OpenCV is imported only for a change:
machines that only train do without it.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from training.score.h264 import through_h264

Images = NDArray[np.uint8]
Degrade = Literal[
    "none",
    "16px",
    "24px",
    "36px",
    "200px",
    "blur",
    "motion",
    "noise",
    "jpeg",
    "h264",
    "wide",
    "tight",
    "off",
    "pale",
    "clipped",
    "roll15",
    "roll25",
    "roll40",
    "glasses",
    "sunglasses",
    "mask",
]

FRAMING = 1.15
"""Factor by which `wide` and `tight` get the size of the box wrong."""
OFF = 0.08
"""Shift of `off`, as a fraction of the side, in x and y."""
MOTION_PX = 7
"""Length of the line of `motion`, pixels."""
NOISE = 8.0
"""Standard deviation of `noise`, gray levels: a webcam in a dim room."""
EYES_Y, EYES_APART = 0.395, 0.366


def _each(change: Callable[[Images], Any]) -> Callable[[Images], Images]:
    return lambda images: np.stack([change(image) for image in images]).astype(np.uint8)


def _resampled(image: Images, side: int) -> Any:
    """Return the image as from a camera in which the face has this many pixels."""
    import cv2

    larger = side > len(image)
    seen = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC if larger else cv2.INTER_AREA)
    return cv2.resize(seen, image.shape[::-1], interpolation=cv2.INTER_AREA if larger else cv2.INTER_LINEAR)


def _jpeg(image: Images) -> Any:
    import cv2

    _, code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 20])
    return cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)


def _blurred(image: Images) -> Any:
    import cv2

    return cv2.GaussianBlur(image, (0, 0), 1.0)


def _signs(image: Images) -> NDArray[np.float64]:
    """Return two signs, 1 or -1, that depend on the image only."""
    return np.random.default_rng(int(image.sum())).choice([-1.0, 1.0], 2)


def _moved(image: Images, deg: float = 0.0, zoom: float = 1.0, shift: float = 0.0) -> Any:
    import cv2

    side = len(image)
    turn, across = _signs(image)
    matrix: NDArray[Any] = cv2.getRotationMatrix2D((side / 2 - 0.5, side / 2 - 0.5), turn * deg, zoom)
    matrix[:, 2] = matrix[:, 2] + shift * side * np.array([turn, across])
    return cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _motion(image: Images) -> Any:
    """Blur along a line in a direction that depends on the image."""
    import cv2

    angle = np.random.default_rng(int(image.sum())).uniform(0, math.pi)
    kernel = np.zeros((MOTION_PX, MOTION_PX), np.float32)
    middle, reach = MOTION_PX // 2, (MOTION_PX - 1) / 2
    for at in np.linspace(-reach, reach, 8 * MOTION_PX):
        kernel[round(middle + at * math.sin(angle)), round(middle + at * math.cos(angle))] += 1
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def _noisy(image: Images) -> Any:
    """Add noise that depends on the image."""
    noise = np.random.default_rng(int(image.sum())).normal(0.0, NOISE, image.shape)
    return np.clip(np.rint(image + noise), 0, 255)


def _levels(image: Images, scale: float, offset: float) -> Any:
    return np.clip(np.rint(image * scale + offset), 0, 255)


def _drawn(image: Images, what: str) -> Any:
    """Draw glasses or a mask, at four times the size so that edges are smooth."""
    import cv2

    side = 4 * len(image)
    large = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
    eyes = [(round(side * (0.5 + sign * EYES_APART / 2)), round(side * EYES_Y)) for sign in (-1, 1)]
    if what == "mask":
        edge = [(0.14, 0.56), (0.5, 0.5), (0.86, 0.56), (0.82, 0.8), (0.66, 0.95), (0.34, 0.95), (0.18, 0.8)]
        points = np.array([[round(x * side), round(y * side)] for x, y in edge])
        cv2.fillPoly(large, [points], 205)
        for y in (0.66, 0.74, 0.82):  # folds
            cv2.line(large, (round(0.24 * side), round(y * side)), (round(0.76 * side), round(y * side)), 180, 2)
    else:
        radius = round(0.125 * side)
        for eye in eyes:
            cv2.circle(large, eye, radius, 25, -1 if what == "sunglasses" else 5, cv2.LINE_AA)
        (left, y), (right, _) = eyes
        cv2.line(large, (left + radius, y), (right - radius, y), 25, 5, cv2.LINE_AA)
        for x, end in ((left - radius, 0), (right + radius, side)):
            cv2.line(large, (x, y), (end, y - round(0.02 * side)), 25, 5, cv2.LINE_AA)
    return cv2.resize(large, image.shape[::-1], interpolation=cv2.INTER_AREA)


DEGRADATIONS: dict[Degrade, Callable[[Images], Images]] = {
    "none": lambda images: images,
    "16px": _each(partial(_resampled, side=16)),
    "24px": _each(partial(_resampled, side=24)),
    "36px": _each(partial(_resampled, side=36)),
    "200px": _each(partial(_resampled, side=200)),
    "blur": _each(_blurred),
    "motion": _each(_motion),
    "noise": _each(_noisy),
    "jpeg": _each(_jpeg),
    "h264": through_h264,
    "wide": _each(partial(_moved, zoom=1 / FRAMING)),
    "tight": _each(partial(_moved, zoom=FRAMING)),
    "off": _each(partial(_moved, shift=OFF)),
    "pale": _each(partial(_levels, scale=219 / 255, offset=16.0)),
    "clipped": _each(partial(_levels, scale=255 / 219, offset=-16 * 255 / 219)),
    "roll15": _each(partial(_moved, deg=15)),
    "roll25": _each(partial(_moved, deg=25)),
    "roll40": _each(partial(_moved, deg=40)),
    "glasses": _each(partial(_drawn, what="glasses")),
    "sunglasses": _each(partial(_drawn, what="sunglasses")),
    "mask": _each(partial(_drawn, what="mask")),
}
"""Face sizes; blur (sigma 1 pixel) and motion blur; noise; JPEG of quality 20 and H.264 at a low rate; the box 15 %
too large or too small, or off by 8 % of its side; limited range read as full, and the other way round; heads tilted
either way; glasses and masks."""
