"""Shows frames to the product's own stages, by a stream's clock and without waiting."""

import time
from collections.abc import Callable
from typing import Any

from benchmarks.range.truth import Spot
from pipeline.messages import Array, Box, Face, Frame
from stages.detect import Detect
from stages.emotion import Emotion


class Watcher:
    """Detects, tracks and classifies the faces of streams, one after the other.

    Args:
        detect: Options of `Detect`.
        emotion: The classifier, which watchers may share; None leaves the labels out.
        lossless: Whether the streams are recordings; otherwise they are live cameras.
    """

    def __init__(self, detect: dict[str, Any], emotion: Emotion | None, *, lossless: bool) -> None:
        self._detect = Detect(**detect)
        self._emotion = emotion
        self._lossless = lossless
        self._streams = 0

    def stream(self, fps: float) -> Callable[[Array], tuple[Face, ...]]:
        """Begin a stream; return a function that shows its next frame, I420, and returns the faces in it."""
        self._streams += 1
        # each stream has another phase of detection
        camera = f"stream {self._streams}"
        seq = 0

        def show(pixels: Array) -> tuple[Face, ...]:
            nonlocal seq
            height, width = pixels.shape[0] * 2 // 3, pixels.shape[1]
            frame = Frame(
                camera=camera,
                run=1,
                seq=seq,
                order=seq,
                # a live camera that is never late
                captured_ns=time.time_ns(),
                pts_ns=round(seq / fps * 1e9),
                fps=fps,
                width=width,
                height=height,
                pixels=pixels,
                lossless=self._lossless,
            )
            seq += 1
            frames = list(self._detect.process([frame]))
            if self._emotion:
                frames = list(self._emotion.process(frames))
            return frames[0].faces

        return show

    def close(self) -> None:
        """Release the detector."""
        self._detect.close()


def spot_of(box: Box) -> Spot:
    """Return a box as centre and side."""
    return Spot(box.x + box.width / 2, box.y + box.height / 2, (box.width + box.height) / 2)


def match(spot: Spot, faces: tuple[Face, ...]) -> Face | None:
    """Return the face at a place, None if it was not found."""
    near = [face for face in faces if spot.is_at(spot_of(face.box))]
    return min(near, key=lambda face: spot.off(spot_of(face.box)), default=None)
