"""Sequences of a face that does not change, as a camera sees it, and the order in which expressions follow each other.

Whatever changes in such a sequence is the camera's: noise, light, compression, and the detected box, which jitters and
drifts. A label that changes with it is wrong. FER2013 has no two images of one person, so a change of expression is one
face followed by another; with the same track it shows how long a label takes to follow.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]

HZ = 10.0
"""Classifications per second of a live face that is neither new nor changing, see `stages/detect`."""
FACE_PX = 96
"""Side of faces in the frame, pixels. The crop is smaller, so that a move by half of its pixels does not blur it."""
SHIFT = 0.03
"""Standard deviation of the box's place in x and y, and of its size, as a share of its side."""
ROLL_DEG = 3.0
"""Standard deviation of the head's tilt, degrees."""
SWAY_S = 0.25
"""Seconds in which box and tilt forget where they were (time constant of their correlation). With it and the constants
above, the log-probabilities of single classifications differ as much after 33 and 100 ms (0.2 and 0.3) as in six
recordings of one seated person, and less later, where the person moves."""
LIGHT, LIGHT_S = 0.05, 2.0
"""Standard deviation of the gain of light and exposure, and its time constant in seconds."""
NOISE = 2.0
"""Standard deviation of the sensor's noise in a pixel of the frame, gray levels."""
JPEG_QUALITY = 80
"""Quality of the compression of each image, 0 to 100."""


class Camera:
    """A camera in front of which no face changes.

    Args:
        images: The faces, `uint8[n, side, side]`.
        hz: Classifications per second.
        seed: Seed of everything random; the same seed gives the same pixels.
    """

    def __init__(self, images: Images, hz: float = HZ, seed: int = 0) -> None:
        self._images = images
        self._rng = np.random.default_rng(seed)
        count = len(images)
        self._sway = _Slow(self._rng, (count, 4), math.exp(-1 / (hz * SWAY_S)))
        self._light = _Slow(self._rng, (count,), math.exp(-1 / (hz * LIGHT_S)))

    def looks(self, count: int) -> Iterator[Images]:
        """Yield what the camera sees of all faces, `uint8[n, side, side]`, once per classification."""
        for _ in range(count):
            box = self._sway.step() * (SHIFT, SHIFT, SHIFT, ROLL_DEG)
            gain = 1 + LIGHT * self._light.step()
            yield np.stack([self._seen(*one) for one in zip(self._images, box, gain, strict=True)])

    def _seen(self, image: Images, box: NDArray[np.float64], gain: float) -> Images:
        """Return one image as seen; the box is x, y and size in sides, and roll in degrees."""
        import cv2  # machines that only train do without it

        x, y, size, roll = box.tolist()
        side, zoom = len(image), FACE_PX / len(image)
        matrix: NDArray[Any] = cv2.getRotationMatrix2D((side / 2 - 0.5, side / 2 - 0.5), roll, zoom * (1 + size))
        matrix[:, 2] = matrix[:, 2] + (FACE_PX - side) / 2 + FACE_PX * np.array([x, y])
        frame = cv2.warpAffine(
            image, matrix, (FACE_PX, FACE_PX), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        noise = NOISE * self._rng.standard_normal(frame.shape, np.float32)
        lit = np.clip(np.rint(frame * np.float32(gain) + noise), 0, 255).astype(np.uint8)
        _, code = cv2.imencode(".jpg", lit, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        decoded: Any = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
        return np.asarray(cv2.resize(decoded, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


class _Slow:
    """Numbers of mean 0 and standard deviation 1 that keep a share of their value from step to step."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, ...], keep: float) -> None:
        self._rng, self._keep = rng, keep
        self._value = rng.standard_normal(shape)

    def step(self) -> NDArray[np.float64]:
        value, keep = self._value, self._keep
        self._value = keep * value + math.sqrt(1 - keep * keep) * self._rng.standard_normal(value.shape)
        return value


def followers(emotions: NDArray[np.intp], seed: int = 0) -> NDArray[np.intp]:
    """Return, for each sequence, another one of another emotion that follows it, `int[n]`; -1 if there is none.

    Args:
        emotions: The emotion that each sequence shows, `int[n]`; -1 for one without a clear one, which neither follows
            nor is followed.
        seed: Seed of the choice.
    """
    rng = np.random.default_rng(seed)
    after = np.full(len(emotions), -1, np.intp)
    for i, emotion in enumerate(emotions):
        others = np.flatnonzero((emotions != emotion) & (emotions >= 0))
        if emotion >= 0 and len(others):
            after[i] = rng.choice(others)
    return after
