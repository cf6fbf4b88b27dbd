"""Wherever a wanted face is in a frame, some part that is searched shows it whole, and large enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.search.tiles import Grid, grids
from models.sight import Reach

FULL_RANGE = Reach(192, 12.5, 0.5)


def scale(grid: Grid) -> float:
    """Return the pixels of the frame in one of the network's input."""
    columns, rows = grid.shape or (FULL_RANGE.input_px,) * 2
    return max(grid.regions[0].width / columns, grid.regions[0].height / rows)


@given(
    st.integers(32, 2000).map(lambda n: 2 * n),
    st.integers(32, 1100).map(lambda n: 2 * n),
    st.floats(16, 400),
    st.booleans(),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_every_face_lies_wholly_in_a_part_that_shows_it_large_enough(
    width: int, height: int, smallest: float, shapeable: bool, size: float, x: float, y: float
) -> None:
    """In any frame, of any size from the smallest wanted one on."""
    side = smallest + size * (min(width, height) - smallest)
    if side > min(width, height) - 2:
        return
    left, top = x * (width - 2 - side), y * (height - 2 - side)
    seen = [
        side / scale(grid)
        for grid in grids(width, height, smallest, FULL_RANGE, shapeable)
        for part in grid.regions
        if part.x <= left and left + side <= part.x + part.width
        if part.y <= top and top + side <= part.y + part.height
    ]

    assert seen and max(seen) >= 0.95 * FULL_RANGE.smallest_px


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (3840, 2160), (640, 480), (480, 640), (2560, 1440)])
def test_parts_lie_in_the_frame_and_the_whole_frame_comes_first(size: tuple[int, int]) -> None:
    """On even pixels, as chroma needs it."""
    whole, *tiles = grids(*size, 24, FULL_RANGE, True)

    assert whole.regions == ((0, 0, *size),)
    for grid in tiles:
        for x, y, width, height in grid.regions:
            assert x >= 0 and y >= 0 and x + width <= size[0] and y + height <= size[1]
            assert not any(value % 2 for value in (x, y, width, height))


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (1920, 1080), (2560, 1440), (3840, 2160), (1080, 1920)])
@pytest.mark.parametrize("smallest", [16, 24, 48])
def test_no_input_is_much_larger_than_what_the_network_was_trained_on(size: tuple[int, int], smallest: float) -> None:
    """In an input of twice its pixels it overlooks a quarter of the small faces before a busy background."""
    for grid in grids(*size, smallest, FULL_RANGE, True):
        assert grid.shape and grid.shape[0] * grid.shape[1] <= 1.3 * FULL_RANGE.input_px**2


def test_a_frame_that_shows_small_faces_large_enough_needs_no_tiles() -> None:
    """A network that sees the frame's own pixels."""
    assert len(grids(640, 480, 24, Reach(640, 10, 0.5), False)) == 1
    assert len(grids(1920, 1080, 24, Reach(640, 10, 0.5), False)) == 2
