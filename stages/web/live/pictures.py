"""JPEG pictures for whoever watches: made only when asked for, once for all who ask."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np

from models.levels import to_bgr
from pipeline.messages import Array

WIDTHS = (320, 640, 1280)
"""Columns a picture is scaled down to; what is smaller, or asked for larger, is sent as it is."""


class Picture(NamedTuple):
    """A picture as it is sent."""

    number: int
    """Grows with each picture of its camera."""
    jpeg: bytes


class Pictures:
    """The newest picture of each camera in each size somebody watches.

    A viewer asks for the next picture, and gets the first one that comes: who is slow asks more rarely and gets the
    newest. Every method may be called from any thread.

    Args:
        quality: Of the JPEG, 1 to 100.
        most_fps: Pictures of a camera made a second, at most.
    """

    def __init__(self, quality: int, most_fps: float) -> None:
        self.made = 0
        """Pictures encoded."""
        self._quality = quality
        self._period_s = 1 / most_fps
        self._cameras: dict[str, _Camera] = {}
        self._lock = threading.Lock()

    def ask(self, camera: str, width: int, ready: Callable[[Picture], None]) -> None:
        """Have `ready` called once, in the sink's thread, with the camera's next picture.

        Args:
            camera: Its name.
            width: Columns it is shown with, 0 for all.
            ready: Takes the picture; must not wait.
        """
        with self._lock:
            of_camera = self._cameras.setdefault(camera, _Camera())
            of_camera.asked.setdefault(_step(width), []).append(ready)

    def forget(self, ready: Callable[[Picture], None]) -> None:
        """Take back all that was asked with `ready`: its viewer has gone."""
        with self._lock:
            for camera in self._cameras.values():
                for asked in camera.asked.values():
                    asked[:] = [other for other in asked if other != ready]

    def publish(
        self,
        camera: str,
        pixels: Array,
        time_s: float,
        full_range: bool = False,
        intact: Callable[[], bool] = lambda: True,
    ) -> None:
        """Serve those who wait for a picture of this camera.

        Args:
            camera: Its name.
            pixels: I420, `uint8[height * 3 // 2, width]`; not kept.
            time_s: When, on any clock that goes on.
            full_range: Whether the luma goes from 0 to 255.
            intact: Whether `pixels` are still this picture, asked after each copy; else viewers wait for the next one.
        """
        with self._lock:
            waiting = self._cameras.get(camera)
            if waiting is None or time_s < waiting.due_s:
                return
            asked = {width: ready for width, ready in waiting.asked.items() if ready}
            if not asked:
                return
            waiting.asked = {}
            # in step with the rate, not with the last picture: 25 of 30 pictures a second, not every second one
            waiting.due_s = max(waiting.due_s, time_s - self._period_s) + self._period_s
            waiting.number += 1
        for width, viewers in asked.items():
            picture = Picture(waiting.number, encode(pixels, width, self._quality, full_range))
            if not intact():
                with self._lock:
                    waiting.asked.setdefault(width, []).extend(viewers)
                continue
            self.made += 1
            for ready in viewers:
                ready(picture)


@dataclass(slots=True)
class _Camera:
    asked: dict[int, list[Callable[[Picture], None]]] = field(default_factory=dict)
    number: int = 0
    due_s: float = -np.inf


def encode(pixels: Array, width: int, quality: int, full_range: bool = False) -> bytes:
    """Return a picture as JPEG, scaled down to `width` columns where that is less; 0 keeps its size.

    The planes are scaled before colours are computed: 0.6 ms for 1280x720 at 640 columns, where the whole takes 2 ms.
    """
    columns, rows = pixels.shape[1], pixels.shape[0] * 2 // 3
    if 0 < width < columns:
        pixels = _scaled(pixels, width & ~1, max(2, round(rows * width / columns / 2) * 2))
    bgr = to_bgr(pixels, full_range)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def _scaled(pixels: Array, width: int, height: int) -> Array:
    rows, columns = pixels.shape[0] * 2 // 3, pixels.shape[1]
    result = np.empty((height * 3 // 2, width), np.uint8)
    cv2.resize(pixels[:rows], (width, height), dst=result[:height], interpolation=cv2.INTER_AREA)
    planes = pixels[rows:].reshape(2, rows // 2, columns // 2)
    targets = result[height:].reshape(2, height // 2, width // 2)
    for plane, target in zip(planes, targets, strict=True):
        cv2.resize(plane, (width // 2, height // 2), dst=target, interpolation=cv2.INTER_AREA)
    return result


def _step(width: int) -> int:
    return next((step for step in WIDTHS if 0 < width <= step), 0)
