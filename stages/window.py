"""Shows each camera in a window on this machine's display."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence, Set

import cv2

from models.levels import to_bgr
from pipeline.errors import Closed, ConfigError
from pipeline.messages import Frame
from pipeline.stage import Stage

_ESCAPE = 27


class Window(Stage):
    """A sink: one window per camera, until Esc is pressed or a window is closed.

    Args:
        title: Title of the window; `{camera}` becomes the camera's name.

    Raises:
        ConfigError: There is no display.
    """

    pixels = "read"

    def __init__(self, *, title: str = "Emobot {camera}") -> None:
        if not has_screen():
            display = os.environ.get("DISPLAY")
            found = f"DISPLAY {display}, which cannot be used" if display else "DISPLAY not set"
            raise ConfigError(f"expected a display where OpenCV can open a window, found {found}")
        self._title = title
        self._shown: dict[str, str] = {}

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Show the newest frame of each camera, and close the window of one that has ended.

        Raises:
            Closed: Esc was pressed, or a window was closed.
        """
        newest = {frame.camera: frame for frame in frames if frame.state == "live" and frame.pixels is not None}
        ended = [camera for camera, state in {f.camera: f.state for f in frames}.items() if state == "ended"]
        for camera, frame in newest.items():
            if camera not in ended:
                self._show(camera, frame)
        for camera in ended:
            self._close(camera)
        for title in self._shown.values():
            if cv2.getWindowProperty(title, cv2.WND_PROP_VISIBLE) < 1:
                raise Closed(f"the window {title!r} was closed")
        # OpenCV draws windows only while it waits for keys.
        if self._shown and cv2.waitKey(1) & 0xFF == _ESCAPE:
            raise Closed("Esc was pressed")
        return iter(())

    def keep(self, cameras: Set[str]) -> None:
        """Close the windows of the other cameras."""
        for gone in self._shown.keys() - cameras:
            self._close(gone)

    def close(self) -> None:
        """Close the windows."""
        if self._shown:
            cv2.destroyAllWindows()
            self._shown.clear()

    def _show(self, camera: str, frame: Frame) -> None:
        assert frame.pixels is not None
        title = self._shown.get(camera)
        if title is None:
            title = self._shown[camera] = self._title.replace("{camera}", camera)
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
            cv2.resizeWindow(title, frame.width, frame.height)
        bgr = to_bgr(frame.pixels, frame.full_range)
        if self.intact(frame):
            cv2.imshow(title, bgr)

    def _close(self, camera: str) -> None:
        """Close a camera's window, which would show the last frame for ever, unless another one shows there too."""
        title = self._shown.pop(camera, None)
        if title is not None and title not in self._shown.values():
            cv2.destroyWindow(title)


def has_screen() -> bool:
    """Return whether a window can be opened; tried in another process, since Qt ends its own without a display."""
    program = [sys.executable, "-c", "import cv2; cv2.namedWindow('Emobot')"]
    try:
        return subprocess.run(program, capture_output=True, timeout=20).returncode == 0
    except subprocess.TimeoutExpired:
        return False
