"""The window shows the newest frame, and closing it is reported."""

from typing import Any

import cv2
import numpy as np
import pytest

from pipeline.errors import Closed, ConfigError
from pipeline.messages import Frame
from stages import window
from stages.window import Window


class Screen:
    """Stands in for OpenCV's windows."""

    def __init__(self) -> None:
        self.windows: dict[str, Any] = {}
        self.key = -1

    def named(self, title: str, flags: int) -> None:
        """Open a window."""
        self.windows[title] = None

    def show(self, title: str, image: Any) -> None:
        """Keep what is shown."""
        self.windows[title] = image.copy()

    def visible(self, title: str, _: int) -> float:
        """Say whether a window is open."""
        return 1.0 if title in self.windows else 0.0


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Replace OpenCV's windows by a simulated screen."""
    fake = Screen()
    monkeypatch.setattr(window, "has_screen", lambda: True)
    monkeypatch.setattr(cv2, "namedWindow", fake.named)
    monkeypatch.setattr(cv2, "resizeWindow", lambda *_: None)
    monkeypatch.setattr(cv2, "imshow", fake.show)
    monkeypatch.setattr(cv2, "getWindowProperty", fake.visible)
    monkeypatch.setattr(cv2, "waitKey", lambda _: fake.key)
    monkeypatch.setattr(cv2, "destroyAllWindows", fake.windows.clear)
    monkeypatch.setattr(cv2, "destroyWindow", fake.windows.pop)
    return fake


def make_frame(camera: str = "hall", luma: int = 235) -> Frame:
    """Return a gray picture."""
    pixels = np.full((72, 64), 128, np.uint8)
    pixels[:48] = luma
    return Frame(camera=camera, width=64, height=48, pixels=pixels)


def test_each_camera_has_a_window_with_its_newest_picture(screen: Screen) -> None:
    """Of a batch the last frame of each camera is shown, in colour; frames without pixels change nothing."""
    stage = Window(title="Watch {camera}")
    frames = [make_frame(luma=16), make_frame("yard"), make_frame(), Frame(camera="hall", state="stalled")]
    assert list(stage.process(frames)) == []

    assert sorted(screen.windows) == ["Watch hall", "Watch yard"]
    assert screen.windows["Watch hall"].shape == (48, 64, 3)
    assert screen.windows["Watch hall"].min() > 250


def test_escape_closes(screen: Screen) -> None:
    """Esc ends the stage, another key does not."""
    stage = Window()
    screen.key = ord("x")
    stage.process([make_frame()])
    screen.key = 27

    with pytest.raises(Closed, match="Esc was pressed"):
        stage.process([make_frame()])


def test_closing_one_window_closes(screen: Screen) -> None:
    """A window that was closed ends the stage, rather than opening again."""
    stage = Window()
    stage.process([make_frame(), make_frame("yard")])
    del screen.windows["Emobot yard"]

    with pytest.raises(Closed, match="Emobot yard"):
        stage.process([make_frame()])


def test_the_window_of_a_camera_that_has_ended_closes(screen: Screen) -> None:
    """It is paused or removed; a window that another camera shows in stays, and one that begins again opens again."""
    stage = Window()
    stage.process([make_frame(), make_frame("yard")])
    stage.process([make_frame(), Frame(camera="hall", state="ended")])
    stage.process([Frame(camera="hall", state="ended"), make_frame("yard")])
    assert list(screen.windows) == ["Emobot yard"]
    stage.process([Frame(camera="yard", state="ended"), make_frame("yard", luma=16)])
    assert list(screen.windows) == ["Emobot yard"]

    shared = Window(title="All")
    shared.process([make_frame(), make_frame("yard")])
    shared.process([Frame(camera="hall", state="ended")])
    assert "All" in screen.windows


def test_the_window_of_a_camera_that_was_removed_closes(screen: Screen) -> None:
    """Also if its process has crashed, so that no frame says that it has ended; one that is silent stays."""
    stage = Window()
    stage.process([make_frame(), make_frame("yard")])
    stage.keep({"hall", "yard", "new"})
    assert len(screen.windows) == 2
    stage.keep({"yard"})

    assert list(screen.windows) == ["Emobot yard"]


def test_close_takes_the_windows_away(screen: Screen) -> None:
    """After `close` no window is left, and closing again does no harm."""
    stage = Window()
    stage.process([make_frame()])
    stage.close()
    stage.close()

    assert not screen.windows


@pytest.mark.parametrize("display", [None, ":4711"])
def test_no_screen_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch, display: str | None) -> None:
    """Without a screen, or with one that does not answer, one line reports it, and the process lives."""
    monkeypatch.delenv("DISPLAY", raising=False)
    if display:
        monkeypatch.setenv("DISPLAY", display)
    with pytest.raises(ConfigError, match=display or "DISPLAY not set"):
        Window()
