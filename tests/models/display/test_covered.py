"""A panel that is too small to read is replaced by what it covers."""

import numpy as np
import pytest

from models.display.drawing import Canvas, Rect
from models.display.drawing.covered import Plane, cut, put_back
from models.display.drawing.face import FaceView, draw_panel
from models.display.drawing.style import Style
from models.display.palette import PALETTE

BARS = tuple((name, 0.3) for name in list(PALETTE)[:7])


def picture(width: int = 640, height: int = 360) -> Plane:
    """Return a smooth gradient."""
    pixels = np.full((height * 3 // 2, width), 128, np.uint8)
    pixels[:height] = np.linspace(40, 200, width).astype(np.uint8)
    return pixels


@pytest.mark.parametrize("box", [Rect(200, 100, 300, 220), Rect(20, 20, 630, 350)])
def test_what_was_there_comes_back(box: Rect) -> None:
    """Beside a face, and in the corner of one that fills the frame."""
    pixels, before, kept = picture(), picture(), []
    face = FaceView(track=1, box=box, label="sad", confidence=0.5, bars=BARS)
    draw_panel(Canvas(pixels), Style.of(360, 0.0, "en"), face, [box], None, kept)

    (panel,) = kept
    assert np.abs(pixels.astype(int) - before).max() > 50
    put_back(Canvas(pixels), panel, 1.0)
    assert np.abs(pixels.astype(int) - before).max() <= 4
    assert 400 < panel.least_width < 640


@pytest.mark.parametrize("rect", [Rect(-9, -9, 31, 31), Rect(611, 333, 651, 371), Rect(101, 51, 164, 99)])
@pytest.mark.parametrize("scale", [1.0, 0.5, 0.25, 0.1])
def test_any_place_and_scale(rect: Rect, scale: float) -> None:
    """At odd places, beyond the edges, and where little is left of it."""
    covered = cut(Canvas(picture()), rect, 9, 4)
    width, height = int(640 * scale) & ~1, int(360 * scale) & ~1
    small = picture(width, height)
    put_back(Canvas(small), covered, scale)

    assert np.abs(small.astype(int) - picture(width, height)).max() <= 12
