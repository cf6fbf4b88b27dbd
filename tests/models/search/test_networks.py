"""The networks of a search end on request."""

import threading

import pytest

from models.detectors.base import Detections, FaceDetector, Framing
from models.search.networks import Networks


class Finder(FaceDetector):
    """Finds nobody."""

    framing = Framing(1.0, 0.0)

    def detect(self, picture: object) -> Detections:
        """Return no face."""
        return Detections.of([], [])


def test_what_is_being_compiled_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine its low priority may take minutes, in which a run could not end."""
    monkeypatch.setattr("models.search.networks.CLOSE_S", 0.1)
    goes_on = threading.Event()
    networks = Networks(Finder())
    networks.later(goes_on.wait)
    closing = threading.Thread(target=networks.close)
    closing.start()
    closing.join(5)
    held_up = closing.is_alive()
    goes_on.set()
    closing.join()

    assert not held_up
