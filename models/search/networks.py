"""The networks of a search: one that finds faces, one that looks at known faces from close up."""

from models.detectors.base import FaceDetector


class Networks:
    """Detectors that cameras share, with inputs in the shapes that their frames need.

    Args:
        finder: Finds faces in whole frames and tiles.
        close: Confirms a face in a crop around it, and finds faces that fill the frame; None for the finder itself.
    """

    def __init__(self, finder: FaceDetector, close: FaceDetector | None = None) -> None:
        self.finder = finder
        self.close_up = close or finder
        self._shaped: dict[tuple[bool, int, int, int], FaceDetector | None] = {}

    @property
    def shapeable(self) -> bool:
        """Whether the finder's input can have any shape."""
        return self.finder_of((128, 128)) is not self.finder

    def finder_of(self, shape: tuple[int, int] | None) -> FaceDetector:
        """Return the finder with an input of this shape, columns and rows, if it can have one."""
        return self._of(self.finder, shape)

    def close_up_of(self, shape: tuple[int, int], border: int = 0) -> FaceDetector:
        """Return the close-up network with an input of this shape and border, if it can have one."""
        return self._of(self.close_up, shape, border)

    def close(self) -> None:
        """Release all networks."""
        for detector in {id(d): d for d in (self.finder, self.close_up, *self._shaped.values()) if d}.values():
            detector.close()

    def _of(self, detector: FaceDetector, shape: tuple[int, int] | None, border: int = 0) -> FaceDetector:
        if shape is None:
            return detector
        key = (detector is self.finder, *shape, border)
        if key not in self._shaped:
            self._shaped[key] = detector.shaped(*shape, border)
        return self._shaped[key] or detector
