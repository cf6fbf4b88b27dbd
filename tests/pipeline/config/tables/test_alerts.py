"""Tables of alerts in a config, and what no two stages may share."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan
from pipeline.config.plan import Plan
from pipeline.errors import ConfigError

MAIL = {"kind": "email", "server": "smtp://a", "sender": "a@b", "to": ["c@d"]}
HOOK = {"kind": "webhook", "url": "https://a"}


def plan(**tables: Any) -> Plan:
    """Return the plan of two cameras."""
    cameras = {"hall": {"source": "demo"}, "yard": {"source": "demo", "enabled": False}}
    return build_plan(parse_config({"camera": cameras, "output": {"e": {"kind": "events"}}, **tables}))


def test_alerts_run_in_front_of_the_outputs() -> None:
    """A paused camera may be named, and is not watched."""
    found = plan(alert={"a": {"when": "count > 1", "camera": ["yard"]}}, output={"v": {"kind": "file"}})

    assert [node.name for node in found.nodes] == ["camera.hall", "detect", "emotion", "alerts", "overlay", "output.v"]
    assert found["emotion"].to == ("alerts",)
    options = found["alerts"].options
    assert (options["cameras"], options["rules"]) == (("hall",), {"a": {"when": "count > 1", "camera": ("yard",)}})
    assert "alerts" not in [node.name for node in plan().nodes]
    assert "alerts" in [node.name for node in plan(alerts={}).nodes]


@pytest.mark.parametrize(
    ("privacy", "alerts", "least"),
    [({}, {}, 5), ({"min_people": 3}, {}, 3), ({"min_people": 1}, {}, 2), ({}, {"min_people": 9}, 9)],
)
def test_an_alert_that_could_not_end_is_refused(privacy: dict[str, int], alerts: dict[str, int], least: int) -> None:
    """Below the limit of `[alerts]`, or else of `[privacy]`, nobody knows whether `count > 0` is over."""
    tables = {"privacy": {"aggregate_only": True, **privacy}, "alerts": alerts}
    with pytest.raises(ConfigError, match=rf"\[alert.a\] when: .* never is with min_people = {least} in column 1"):
        plan(alert={"a": {"when": "count > 0"}}, **tables)

    assert plan(alert={"a": {"when": f"count >= {least}"}}, **tables)
    assert plan(alert={"a": {"when": "count > 0"}})


@pytest.mark.parametrize(
    ("tables", "line"),
    [
        (
            {"alert": {"a": {"when": "count > "}, "b": {"when": "dwell > 5"}}},
            "config, [alert.a] when: expected a number such as 5, found the end in column 9: count > ^\n"
            "config, [alert.b] when: expected a duration such as 30s, 5m, 2h or 1d, found '5' in column 9: dwell > ^5",
        ),
        ({"alert": {"a": {}}}, "config, [alert.a] when: expected text, found nothing"),
        (
            {"alert": {"a": {"when": "empty > 1m"}}, "privacy": {"aggregate_only": True}},
            "config, [alert.a] when: expected no quantity about single people, because of aggregate_only in [privacy],"
            " found 'empty' in column 1: ^empty > 1m",
        ),
        ({"alerts": {"rules": {}}}, "config, [alerts] rules: expected no such key, other tables set it"),
        (
            {"alert": {"a": {"when": "count > 1"}}, "output": {"m": {**MAIL, "alerts": ["b"]}}},
            "config, [output.m] alerts: expected one of a, found 'b'",
        ),
        (
            {"output": {"m": {**MAIL, "alerts": ["b"]}}},
            "config, [output.m] alerts: expected no name without tables [alert.NAME], found 'b'",
        ),
        (
            {"output": {"a": HOOK, "b": {**HOOK, "queue": "out/./webhook.sqlite"}}},
            "config, [output.b] queue: expected another than that of [output.a], found out/./webhook.sqlite",
        ),
        (
            {"output": {"a": {**HOOK, "queue": "x"}, "b": {**MAIL, "queue": "x"}}},
            "config, [output.b] queue: expected another than that of [output.a], found x",
        ),
        (
            {"output": {"a": {"kind": "mqtt"}, "b": {"kind": "mqtt"}}},
            "config, [output.b] topic: expected another than that of [output.a], found mqtt://127.0.0.1, emobot",
        ),
        (
            {"output": {"a": {"kind": "events"}, "b": {"kind": "events"}}},
            "config, [output.b] address: expected another than that of [output.a], found tcp://127.0.0.1:5556",
        ),
        (
            {"output": {"a": {"kind": "history"}, "b": {"kind": "history"}}},
            "config, [output.b] path: expected another than that of [output.a], found out/history.sqlite",
        ),
    ],
)
def test_mistakes_are_refused_in_one_line_each(tables: dict[str, Any], line: str) -> None:
    """With table and key."""
    with pytest.raises(ConfigError) as refused:
        plan(**tables)

    assert str(refused.value) == line


@pytest.mark.parametrize("source", ["hall.mp4", "file://{}/hall.mp4", "{}/link.mp4", "./hall.mp4"])
@pytest.mark.parametrize("path", ["{camera}.mp4", "./hall.mp4"])
def test_no_output_writes_what_a_camera_plays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, path: str
) -> None:
    """The recording would be replaced by its annotated video; what is played in real time replaces nothing."""
    monkeypatch.chdir(tmp_path)
    Path("hall.mp4").touch()
    Path("link.mp4").symlink_to("hall.mp4")
    camera, output = {"source": source.format(tmp_path)}, {"v": {"kind": "file", "path": path}}
    with pytest.raises(ConfigError) as refused:
        plan(camera={"hall": camera}, output=output)

    expected = "expected another file than the source of [camera.hall]"
    assert str(refused.value) == f"config, [output.v] path: {expected}, found {tmp_path}/hall.mp4"
    assert plan(camera={"hall": {**camera, "realtime": True}}, output=output)
    assert plan(camera={"hall": camera}, output={"v": {"kind": "file", "path": "out/{camera}.mp4"}})


def test_what_differs_is_accepted() -> None:
    """Free ports, too, and folders that several kinds of outputs fill."""
    outputs = {
        "a": {**HOOK, "queue": "a"},
        "b": {**HOOK, "queue": "b"},
        "c": {"kind": "mqtt", "topic": "x"},
        "d": {"kind": "mqtt"},
        "e": {"kind": "events", "address": "tcp://127.0.0.1:0"},
        "f": {"kind": "events", "address": "tcp://127.0.0.1:0"},
        "g": {"kind": "table"},
        "h": {"kind": "moments"},
    }

    assert len(plan(output=outputs).nodes) == 12
