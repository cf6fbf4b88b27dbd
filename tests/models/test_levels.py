"""Full range and limited range: the same gray, whichever of them it comes in."""

import numpy as np

from models.display.drawing.canvas import yuv
from models.following.alignment import crop_square
from models.levels import limited, to_bgr


def picture(gray: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Return an I420 picture of one gray."""
    pixels = np.full((24, 16), 128, np.uint8)
    pixels[:16] = gray
    return pixels


def test_every_gray_of_full_range_reaches_the_network() -> None:
    """Full-range luma is not stretched again."""
    for gray in range(256):
        crop = crop_square(picture(gray)[:16], 8, 8, 8, 8, full_range=True)
        assert (crop == gray).all()


def test_the_same_gray_in_both_ranges_is_the_same_picture() -> None:
    """From 0 to 255 and from 16 to 235 are two ways to write one gray, within rounding."""
    for gray in range(256):
        assert abs(int(to_bgr(picture(gray), full_range=True)[5, 5, 1]) - gray) <= 1
    assert limited(picture(42), full_range=False)[3, 3] == 42


def test_every_level_is_rounded_to_the_nearest() -> None:
    """Luma to 16 to 235, chroma to 16 to 240 (ITU-R BT.601, as in JFIF turned to video)."""
    steps = np.arange(256)
    pixels = np.repeat(steps, 16).astype(np.uint8).reshape(16, 256)
    frame = np.concatenate([pixels, pixels[:8]])

    found = limited(frame)

    assert (found[:16] == np.rint(16 + pixels * (219 / 255))).all()
    assert (found[16:] == np.rint(128 + (pixels[:8] - 128.0) * (224 / 255))).all()


def test_colours_are_drawn_in_the_range_of_the_picture() -> None:
    """White is 255 in full range, 235 in limited range."""
    assert yuv("#FFFFFF", full_range=True) == (255, 128, 128)
    assert yuv("#FFFFFF") == (235, 128, 128)
    assert yuv("#000000", full_range=True) == (0, 128, 128)
