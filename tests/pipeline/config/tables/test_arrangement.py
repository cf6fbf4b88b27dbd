"""`group` and `position` of a camera are checked, and concern no process."""

from typing import Any

import pytest

from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan
from pipeline.errors import ConfigError


def plan(**keys: Any) -> Any:
    tables = {"camera": {"hall": {"source": "demo", **keys}}, "output": {"out": {"kind": "events"}}}
    return build_plan(parse_config(tables))


def test_a_camera_of_a_group_is_the_same_process() -> None:
    """So a change of its place restarts nothing."""
    assert plan(group="Étage <b>1</b>", position=7) == plan()


@pytest.mark.parametrize(
    ("key", "value"),
    [("group", 1), ("group", "x" * 41), ("group", "a\nb"), ("group", " a"), ("group", ["a"])]
    + [("position", -1), ("position", 1.5), ("position", True), ("position", "1"), ("position", 10_001)],
)
def test_what_is_refused(key: str, value: Any) -> None:
    """One line with the key."""
    with pytest.raises(ConfigError, match=rf"\[camera.hall\] {key}: expected .*, found ") as refused:
        plan(**{key: value})
    assert len(str(refused.value).splitlines()) == 1
