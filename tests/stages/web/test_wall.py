"""Cameras take turns on a wall."""

import pytest

from stages.web.pages.overview.wall import turn

NAMES = ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("most", "at", "shown"),
    [(0, 0, "abcde"), (5, 7, "abcde"), (9, 0, "abcde"), (2, 0, "ab"), (2, 9.9, "ab"), (2, 10, "cd"), (2, 25, "e")],
)
def test_all_are_shown_in_turn(most: int, at: float, shown: str) -> None:
    """Ten seconds each; the last ones may be fewer, and then the first are shown again."""
    assert "".join(turn(NAMES, most, 10.0, at)) == shown
    assert turn(NAMES, most, 10.0, at + 30 * 1000) == turn(NAMES, most, 10.0, at)


def test_a_wall_may_be_empty() -> None:
    """Before the first camera."""
    assert turn([], 2, 10.0, 1.0) == []
