"""The camera that a web page names as the browser's own."""

from typing import Any

import pytest

from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan
from pipeline.config.plan import Plan
from pipeline.errors import ConfigError

REMOVE = ", or remove this key in the config file, which a run reads again on SIGHUP"
OWN = {"source": "http://127.0.0.1:8080/webcam.mjpg"}


def plan(name: str, **tables: Any) -> Plan:
    """Return the plan of a page that names a camera."""
    cameras = {"hall": {"source": "demo"}, "me": OWN}
    output = {"page": {"kind": "web", "webcam": name}}
    return build_plan(parse_config({"camera": cameras, "output": output, **tables}))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("nosuch", f"expected one of hall, me, found 'nosuch': add [camera.nosuch]{REMOVE}"),
        ("Me", f"expected one of hall, me, found 'Me': add [camera.Me]{REMOVE}"),
        ("0", f"expected one of hall, me, found '0': add [camera.0]{REMOVE}"),
        (
            "hall",
            "expected a camera whose source is this page, such as \"http://127.0.0.1:8080/webcam.mjpg\", found 'hall'"
            " with 'demo'",
        ),
    ],
)
def test_a_page_names_a_camera_that_reads_it(name: str, line: str) -> None:
    """Else *My camera* led to a page that never shows anything."""
    with pytest.raises(ConfigError) as caught:
        plan(name)

    assert str(caught.value) == f"config, [output.page] webcam: {line}"


def test_its_camera_may_be_paused_or_of_another_kind() -> None:
    """With a login in its address, or with a class of its own, which knows what it reads."""
    login = {"source": "https://any:choose-a-long-token@127.0.0.1:8080/webcam.mjpg", "enabled": False}
    other = {"use": "stages.synthetic:Synthetic"}

    assert plan("me")["output.page"].options["webcam"] == "me"
    assert plan("")["output.page"].options["webcam"] == ""
    for table in (login, other):
        assert plan("own", camera={"own": table, "hall": {"source": "demo"}})


def test_a_box_of_a_fleet_gets_its_cameras_later() -> None:
    """Nobody knows yet whether the name is right."""
    assert plan("later", camera={}, fleet={})
