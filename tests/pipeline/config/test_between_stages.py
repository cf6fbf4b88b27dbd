"""Options of two tables that cannot be together, each right on its own, are one line before anything starts."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan
from pipeline.errors import ConfigError

DEMO = {"source": "demo"}
EVENTS, RTSP, WEB = ({"kind": kind} for kind in ("events", "rtsp", "web"))
TOKEN = {"token": "0123456789abcdef"}
VIDEO, HISTORY, TABLE = ({"kind": kind} for kind in ("file", "history", "table"))
HOOK = {"kind": "webhook", "url": "http://127.0.0.1/"}


def mistakes(outputs: dict[str, Any], **more: Any) -> list[str]:
    """Return the lines about a config with these outputs."""
    tables = {"camera": {"one": DEMO, "two": DEMO}, "output": outputs, "metrics": {"listen": ""}, **more}
    try:
        build_plan(parse_config(tables), "")
    except ConfigError as error:
        return str(error).splitlines()
    return []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({**WEB, "port": 5556}, EVENTS),
        (RTSP, {**WEB, "host": "0.0.0.0", "port": 8554, **TOKEN}),
        ({**RTSP, "host": "localhost"}, {**WEB, "port": 8554}),
        (EVENTS, {**EVENTS, "address": "tcp://*:5556", "insecure": True}),
        (EVENTS, {**EVENTS, "address": "tcp://localhost:5556"}),
        ({**EVENTS, "address": "tcp://[::1]:5556"}, {**WEB, "host": "::", "port": 5556, **TOKEN}),
    ],
)
def test_one_port_is_not_for_two(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Of outputs of any two kinds, also where one of them listens on all addresses."""
    (line,) = mistakes({"a": one, "b": other})

    assert line.startswith("[output.b] ")
    assert ": expected another than that of [output.a], found " in line


def test_the_port_of_the_metrics_is_taken() -> None:
    """As of an output."""
    assert mistakes({"a": {**WEB, "port": 9108}}, metrics={}) == [
        "[output.a] port: expected another than that of [metrics], found 127.0.0.1, 9108"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({**VIDEO, "path": "out/{camera}.mp4"}, {**VIDEO, "path": "out/two.mp4"}),
        ({**HISTORY, "path": "out/webhook.sqlite"}, HOOK),
        ({**TABLE, "path": "x/{camera}"}, {**TABLE, "path": "./x/{camera}"}),
    ],
)
def test_one_file_is_not_for_two(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Of outputs of any two kinds, whichever camera it is for."""
    (line,) = mistakes({"a": one, "b": other})

    assert ": expected another than that of [output.a], found " in line


def test_a_link_is_the_same_file(tmp_path: Path) -> None:
    """Two writers behind different names would harm it all the same."""
    (tmp_path / "link").symlink_to(tmp_path / "h.sqlite")
    outputs = {name: {**HISTORY, "path": str(tmp_path / name)} for name in ("h.sqlite", "link")}

    assert len(mistakes({"a": outputs["h.sqlite"], "b": outputs["link"]})) == 1


def test_what_can_be_together_is_accepted() -> None:
    """The same port at two addresses, free ports, and a folder that two kinds of outputs fill."""
    outputs = {
        "a": {**WEB, "port": 8554},
        "b": {**RTSP, "host": "127.0.0.2"},
        "c": {**RTSP, "port": 0},
        "d": {**EVENTS, "address": "tcp://127.0.0.1:*"},
        "e": {**EVENTS, "address": "ipc:///tmp/x"},
        "v4": {**EVENTS, "address": "tcp://*:7000", "insecure": True},
        "v6": {**RTSP, "host": "::", "port": 7000},
        "f": {**TABLE, "path": "x/{camera}"},
        "g": {"kind": "moments", "path": "x/{camera}"},
    }

    assert mistakes(outputs) == []


@pytest.mark.parametrize("model", ["fast", "accurate"])
def test_crops_have_the_size_that_the_network_takes(model: str) -> None:
    """Other crops ended a run at the first face; also a change of either table is refused."""
    tables = {"emotion": {"model": model}, "detect": {"crop_size": 64}}

    assert mistakes({"a": EVENTS}, **tables) == [
        "[detect] crop_size: expected 48, which [emotion] needs, found 64",
    ]
    assert mistakes({"a": EVENTS}, **tables | {"detect": {"crop_size": 48}}) == []
