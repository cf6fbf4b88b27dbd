"""The networks of a search: one that finds faces, one that looks at known faces from close up."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from models.detectors.base import FaceDetector

NICENESS = 12
"""Niceness of the thread that compiles networks in the background: cameras continue meanwhile."""
CLOSE_S = 2.0
"""Most seconds to wait at the end for a network that is being compiled: on a busy machine its low priority may take
minutes. OpenVINO 2026.4 changes the process's locale meanwhile (`findings/openvino-locale.sh`), so what follows in the
same process better waits."""
T = TypeVar("T")


class Networks:
    """Detectors that cameras share, with inputs in the shapes that their frames need.

    Args:
        finder: Finds faces in whole frames and tiles.
        close: Confirms a face in a crop around it, and finds faces that fill the frame; None for the finder itself.
    """

    def __init__(self, finder: FaceDetector, close: FaceDetector | None = None) -> None:
        self.finder = finder
        self.close_up = close or finder
        self._background: ThreadPoolExecutor | None = None
        self._made: list[Future[Any]] = []
        self._maker = 0
        """Identifier of its thread."""
        self._compiler: ThreadPoolExecutor | None = None
        self._shaped: dict[tuple[bool, int, int, int], FaceDetector | None] = {}

    def later(self, make: Callable[[], T]) -> Future[T]:
        """Make something in the background, such as networks in new shapes; one after the other.

        Only their compilation has a low priority: it does not hold the interpreter's lock, for which the stage itself
        would wait as long as a thread of low priority waits for the processor.
        """
        if self._background is None:
            self._background = ThreadPoolExecutor(1, initializer=self._begin)
            self._compiler = ThreadPoolExecutor(1, initializer=_give_way)
        made = self._background.submit(make)
        self._made = [*(one for one in self._made if not one.done()), made]
        return made

    def finder_of(self, shape: tuple[int, int] | None) -> FaceDetector:
        """Return the finder with an input of this shape, columns and rows, if it can have one."""
        return self._of(self.finder, shape)

    def close_up_of(self, shape: tuple[int, int], border: int = 0) -> FaceDetector:
        """Return the close-up network with an input of this shape and border, if it can have one."""
        return self._of(self.close_up, shape, border)

    def close(self) -> None:
        """Release all networks; wait for those that are being compiled, for at most `CLOSE_S`."""
        for threads in (self._background, self._compiler):
            if threads is not None:
                threads.shutdown(wait=False, cancel_futures=True)
        wait([one for one in self._made if not one.cancelled()], CLOSE_S)
        for detector in {id(d): d for d in (self.finder, self.close_up, *self._shaped.values()) if d}.values():
            detector.close()

    def _begin(self) -> None:
        self._maker = threading.get_ident()

    def _warm(self, detector: FaceDetector) -> None:
        if self._compiler is not None and threading.get_ident() == self._maker:
            self._compiler.submit(detector.warm).result()
        else:
            detector.warm()

    def _of(self, detector: FaceDetector, shape: tuple[int, int] | None, border: int = 0) -> FaceDetector:
        if shape is None:
            return detector
        key = (detector is self.finder, *shape, border)
        if key not in self._shaped:
            shaped = detector.shaped(*shape, border)
            if shaped is not None:
                self._warm(shaped)
            self._shaped[key] = shaped
        return self._shaped[key] or detector


def _give_way() -> None:
    # Linux has a niceness per thread
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
