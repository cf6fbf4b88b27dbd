"""Cameras are shown by group and position."""

from stages.web.arrangement import arrange


def test_groups_and_positions() -> None:
    """Groups by their smallest position, then by name; those without one last; a camera without a table too."""
    tables = {
        "a": {"group": "Upstairs", "position": 9},
        "b": {"group": "Hall"},
        "c": {"group": "Hall", "position": 2},
        "d": {"group": "Hall", "position": 1},
        "e": {"position": 1},
        "f": {"group": "Attic"},
    }
    assert arrange("gfedcba", tables) == [
        ("Attic", ["f"]),
        ("Hall", ["b", "d", "c"]),
        ("Upstairs", ["a"]),
        ("", ["g", "e"]),
    ]
    assert arrange(["b", "a"], {}) == [("", ["a", "b"])]
    assert arrange([], {}) == []
