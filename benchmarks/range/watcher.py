"""Shows frames to the product's own stages, by a stream's clock and without waiting."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from msgspec.structs import replace

from benchmarks.range.truth import Spot
from benchmarks.steps.schedule_quality import overlap
from pipeline.messages import Array, Box, Face, Frame
from stages.detect import Detect
from stages.emotion import Emotion


class Seen(NamedTuple):
    """What is seen in one frame."""

    faces: tuple[Face, ...]
    refused: tuple[Box, ...] = ()
    """What is followed, but taken for no face by the second opinion."""


Show = Callable[[Array], Seen]
FOUND_FACTOR = 3.0
"""A face counts as found if its side is at most this multiple of the true one, and the reverse; detectors draw boxes
twice too large around faces that they hardly see."""
FRAMED = 0.5
"""Intersection over union from which a face's box also fits."""


class Watcher:
    """Detects, tracks and classifies the faces of streams, one after the other.

    Args:
        detect: Options of `Detect`.
        emotion: Options of `Emotion`. Each watcher has its own, as the streams of all have the same names.
        lossless: Whether the streams are recordings; otherwise they are live cameras.
    """

    def __init__(self, detect: dict[str, Any], emotion: dict[str, Any], *, lossless: bool) -> None:
        self._detect = Detect(**detect)
        self._emotion = Emotion(**emotion)
        self._lossless = lossless

    @contextmanager
    def stream(self, camera: str, fps: float) -> Iterator[Show]:
        """Begin a stream; return a function that takes its next frame and returns what is seen in it.

        The frame is I420, `uint8[height * 3 // 2, width]`.

        Args:
            camera: Its name, unique per stream; detection runs at another phase for each.
            fps: Frames per second.
        """
        stream = Frame(camera=camera, run=1, fps=fps, lossless=self._lossless)
        numbers = itertools.count()

        def show(pixels: Array) -> Seen:
            seq = next(numbers)
            if not seq:
                # this stream's clock does not run while networks are compiled
                self._detect.prepare(pixels.shape[1], pixels.shape[0] * 2 // 3)
            frame = replace(
                stream,
                seq=seq,
                order=seq,
                # a live camera that is never late
                captured_ns=time.time_ns(),
                pts_ns=round(seq / fps * 1e9),
                width=pixels.shape[1],
                height=pixels.shape[0] * 2 // 3,
                pixels=pixels,
            )
            before = self._detect.counts["refused_faces"]
            passed = self._pass(frame)
            # these come first
            refused = self._detect.counts["refused_faces"] - before
            return Seen(passed.faces, passed.hidden[:refused])

        yield show
        self._pass(replace(stream, state="ended"))

    def _pass(self, frame: Frame) -> Frame:
        (frame,) = self._emotion.process(list(self._detect.process([frame])))
        return frame

    def close(self) -> None:
        """Release the networks."""
        self._detect.close()
        self._emotion.close()


def spot_of(box: Box) -> Spot:
    """Return a box as centre and side."""
    return Spot(box.x + box.width / 2, box.y + box.height / 2, (box.width + box.height) / 2)


def is_there(spot: Spot, box: Box) -> bool:
    """Return whether a box shows the face at a place."""
    return spot.is_at(spot_of(box), FOUND_FACTOR)


def match(spot: Spot, faces: tuple[Face, ...]) -> Face | None:
    """Return the face at a place, None if it was not found."""
    near = [face for face in faces if is_there(spot, face.box)]
    return min(near, key=lambda face: spot.off(spot_of(face.box)), default=None)


def is_framed(spot: Spot, face: Face) -> bool:
    """Return whether a face's box fits the true one, a square."""
    half = spot.side / 2
    return overlap(Box(x=spot.x - half, y=spot.y - half, width=spot.side, height=spot.side), face.box) >= FRAMED
