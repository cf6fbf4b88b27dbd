"""A region of the frame is even, inside, and what is around it is the rest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.search.region import around, region_of


@pytest.mark.parametrize(
    ("shares", "size", "region"),
    [
        ((0, 0, 1, 1), (640, 480), (0, 0, 640, 480)),
        ((0.5, 0, 0.5, 1), (640, 480), (320, 0, 320, 480)),
        ((0.1, 0.2, 0.3, 0.4), (1920, 1080), (192, 216, 576, 432)),
        ((1 / 3, 0, 1 / 3, 1), (1920, 1080), (640, 0, 640, 1080)),
        ((2 / 3, 0, 0.333334, 1), (1920, 1080), (1280, 0, 640, 1080)),
        ((0.25, 0.25, 0.5, 0.5), (66, 50), (16, 12, 34, 26)),
        ((1, 1, 1e-9, 1e-9), (64, 48), (62, 46, 2, 2)),
    ],
)
def test_shares_become_even_pixels(
    shares: tuple[float, ...], size: tuple[int, int], region: tuple[int, int, int, int]
) -> None:
    """All pixels that the region touches, and no more."""
    assert region_of(shares, *size) == region


@given(st.tuples(*[st.floats(0, 1)] * 4), st.integers(1, 50), st.integers(1, 50))
def test_a_region_and_what_is_around_it_are_the_frame(shares: tuple[float, ...], columns: int, rows: int) -> None:
    """Each pixel once."""
    width, height = 2 * columns, 2 * rows
    region = region_of(shares, width, height)
    counts = np.zeros((height, width), int)
    for x, y, w, h in (region, *around(region, width, height)):
        assert min(w, h) >= 2 and not any(side % 2 for side in (x, y, w, h))
        counts[y : y + h, x : x + w] += 1

    assert (counts == 1).all()
