"""Where the page shows a camera: `group` and `position` of its table, which concern no process."""

from collections.abc import Mapping
from typing import Any

from pipeline.config.options import Problems
from pipeline.errors import Mistake
from pipeline.foreign import shown

GROUP, POSITION = "group", "position"
"""Keys of a camera's table."""
LONGEST = 40
"""Maximum characters of a group's name."""
MOST = 10_000
"""Largest position."""


def check_arrangement(camera: str, table: Mapping[str, Any], problems: Problems) -> None:
    """Report a group or position that cannot be used.

    Args:
        camera: Name of the camera.
        table: Its table.
        problems: Collects the mistakes.
    """
    group, position = table.get(GROUP, ""), table.get(POSITION, 0)
    where = f"camera.{camera}"
    if not isinstance(group, str) or len(group) > LONGEST or not group.isprintable() or group != group.strip():
        text = f"{GROUP}: expected at most {LONGEST} printable characters, found {shown(group)}"
        problems.add(where, text, Mistake(kind="value", key=GROUP))
    if isinstance(position, bool) or not isinstance(position, int) or not 0 <= position <= MOST:
        text = f"{POSITION}: expected a whole number from 0 to {MOST}, found {shown(position)}"
        problems.add(where, text, Mistake(kind="value", key=POSITION, low=0, high=MOST))
