"""The order of cameras on pages, by `group` and `position` of their tables."""

from collections.abc import Iterable, Mapping
from typing import Any


def arrange(names: Iterable[str], tables: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Return groups with their cameras; those without a group come last, under an empty name.

    Args:
        names: Names of the cameras.
        tables: The cameras' tables; some cameras may have none yet.
    """

    def position(name: str) -> tuple[int, str]:
        return tables.get(name, {}).get("position", 0), name

    groups: dict[str, list[str]] = {}
    for name in sorted(names, key=position):
        groups.setdefault(tables.get(name, {}).get("group", ""), []).append(name)
    return sorted(groups.items(), key=lambda item: (not item[0], position(item[1][0])[0], item[0]))
