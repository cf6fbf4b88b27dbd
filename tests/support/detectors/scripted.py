"""Frames for the detect stage, and a detector that finds what a test says."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from models.detectors import Detections, FaceDetector, Framing
from models.sight import REACHES
from pipeline.messages import Frame
from stages.detect import Detect

FPS = 30
TEXTURE = np.random.default_rng(2).integers(60, 190, (540, 640), np.uint8)


@dataclass
class Scripted(FaceDetector):
    """Finds faces of 80 pixels at given places, upright unless given angles."""

    places: list[tuple[float, float]] = field(default_factory=list)
    tilt: float = 0.0
    calls: int = 0
    closed: bool = False
    framing = Framing(1.0, 0.0)

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Return them."""
        self.calls += 1
        eyes = [[(0, 0), (np.cos(self.tilt), np.sin(self.tilt))] for _ in self.places]
        return Detections.of([(x, y, 80, 80) for x, y in self.places], [0.9] * len(self.places), eyes)

    def close(self) -> None:
        """Note it."""
        self.closed = True


@dataclass
class Counting(FaceDetector):
    """Finds nobody; counts its searches by the shape of its input."""

    calls: Counter[tuple[int, int]] = field(default_factory=Counter)
    shape: tuple[int, int] = (192, 192)
    framing = Framing(1.0, 0.0)
    sight = REACHES["full_range"]
    shapeable = True

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Return nobody."""
        self.calls[self.shape] += 1
        return Detections.of([], [])

    def shaped(self, width: int, height: int, border: int = 0) -> FaceDetector:
        """Return one with another input."""
        return Counting(self.calls, (width, height))


def frame(n: int, camera: str = "hall", **changes: Any) -> Frame:
    """Return frame number n of a camera."""
    pts_ns = n * 1_000_000_000 // FPS
    plain = Frame(camera=camera, run=1, seq=n, pts_ns=pts_ns, width=640, height=360, pixels=TEXTURE, lossless=True)
    return replace(plain, captured_ns=time.time_ns(), **changes)


def run(stage: Detect, *frames: Frame) -> list[Frame]:
    """Return what a stage makes of a batch."""
    return list(stage.process(frames))
