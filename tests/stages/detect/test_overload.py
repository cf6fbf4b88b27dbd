"""Under overload, the search for far faces is shed first; near and known faces are searched as often as before."""

import time
from dataclasses import dataclass

import numpy as np
import pytest
from msgspec.structs import replace

import stages.detect as module
from models.following.load import RATES
from models.search.pace import LIVE
from pipeline.messages import Frame
from stages.detect import LIVE_DETECT_HZ, Detect
from tests.support.detectors.scripted import Counting

WIDTH, HEIGHT = 1280, 720


@dataclass
class Full:
    """A machine at one shedding level."""

    level: int

    def note(self, age_s: float, now_s: float) -> int:
        """Return it."""
        return self.level


def searches(monkeypatch: pytest.MonkeyPatch, level: int) -> tuple[int, int, int]:
    """Return the detections of half a minute in which things move, and the searches of whole frames and of parts."""
    finder = Counting()
    monkeypatch.setattr(module, "create_detector", lambda *args, **kwargs: finder)
    monkeypatch.setattr(module, "load_landmarks", lambda: None)
    monkeypatch.setattr(module, "LoadShedder", lambda: Full(level))
    monkeypatch.setattr(module, "LIVE", LIVE._replace(waits=True))
    stage = Detect()
    for n in range(150):
        pixels = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        pixels[200:300, 80 * (n % 12) : 80 * (n % 12) + 100] = 40
        now_ns, pts_ns = time.time_ns(), n * 10**9 // 5
        frame = Frame(camera="hall", run=1, seq=n, pts_ns=pts_ns, captured_ns=now_ns, pixels=pixels)
        frame = replace(frame, width=WIDTH, height=HEIGHT)
        list(stage.process([frame]))
    whole = sum(count for shape, count in finder.calls.items() if shape in ((192, 112), (128, 80)))
    turned = finder.calls[112, 192]
    return stage.counts["detections"], whole, sum(finder.calls.values()) - whole - turned


def test_far_faces_are_given_up_before_near_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only from the second level on are detections reduced, too."""
    calm, first, second = (searches(monkeypatch, level) for level in (0, 1, 2))

    assert first[0] == calm[0] and first[1] == calm[1]
    assert 0 < first[2] < calm[2] / 2
    assert second[0] == pytest.approx(calm[0] / 2, abs=1)


@pytest.mark.parametrize("level", [0, 2, 4])
def test_near_newcomers_wait_for_one_detection_at_most(monkeypatch: pytest.MonkeyPatch, level: int) -> None:
    """Also where something moves all the time: each detection searches the whole frame."""
    detections, whole, _ = searches(monkeypatch, level)

    assert detections == pytest.approx(30 * LIVE_DETECT_HZ * RATES[level][1], abs=1)
    assert whole >= detections
