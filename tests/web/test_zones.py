"""Zones on the page: drawn by mouse and keyboard, and the audience."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zmq
from playwright.sync_api import expect

from pipeline.history.read import MinuteRow, ZoneRow
from pipeline.history.write import History
from tests.web.asking import ask, violations


@pytest.fixture
def zoneless(run: Any) -> Iterator[Any]:
    """Return the run, and remove the zones of a camera after the test."""
    yield run
    ask(run, "PATCH", "/cameras/desk", {"options": {"zones": None}})


def zones_of(run: Any) -> dict[str, Any]:
    """Return the zones of the camera."""
    cameras = {one["name"]: one["options"] for one in ask(run, "GET", "/cameras")}
    return dict(cameras["desk"].get("zones", {}))


def test_a_zone_is_drawn_and_watched(zoneless: Any, visit: Callable[..., Any]) -> None:
    """By mouse and by keyboard alone; the camera continues, and a wrong zone is refused with its place."""
    run = zoneless
    pid = run.stage("camera.desk")
    page = visit().page
    page.goto(f"{run.url}/camera/desk/zones")
    add = page.get_by_role("button", name="Add a zone")
    expect(add).to_be_enabled()
    add.press("Enter")
    point = page.get_by_role("button", name="zone-1, point 1: 35 %, 35 %")
    expect(point).to_be_focused()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name="zone-1, point 1: 30 %, 34.5 %")).to_be_focused()
    page.keyboard.press("Insert")
    expect(page.get_by_role("button", name="zone-1, point 2: 47.5 %, 34.8 %")).to_be_focused()
    page.keyboard.press("Delete")
    last = page.locator("[data-point='0 2']").bounding_box()
    drawing = page.locator("#zone-drawing").bounding_box()
    page.mouse.move(last["x"] + last["width"] / 2, last["y"] + last["height"] / 2)
    page.mouse.down()
    page.mouse.move(drawing["x"] + 0.9 * drawing["width"], drawing["y"] + 0.8 * drawing["height"])
    page.mouse.up()
    page.get_by_role("button", name="Add a line").click()
    page.get_by_role("textbox", name="Line").fill("door")
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("Applied").wait_for()

    found = zones_of(run)
    assert list(found) == ["zone-1", "door"]
    assert found["zone-1"]["polygon"][:2] == [[0.3, 0.345], [0.65, 0.35]]
    assert found["door"] == {"line": [[0.3, 0.5], [0.7, 0.5]]}
    with zmq.Context() as context, context.socket(zmq.SUB) as subscriber:
        subscriber.subscribe("zone.desk.zone-1")
        subscriber.connect(run.events)
        assert subscriber.poll(20_000), run.log()
        assert msgpack.unpackb(subscriber.recv_multipart()[1])["zone"] == "zone-1"
    assert run.stage("camera.desk") == pid

    page.reload()
    page.get_by_role("textbox", name="Zone").fill("door")
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("expected different names, found door twice").wait_for()
    assert zones_of(run) == found


def test_the_audience_is_a_heat_map_and_a_list_of_days(
    tmp_path: Path, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    """Of hours with enough people; axe finds nothing."""
    path = tmp_path / "h.sqlite"
    hour = int(time.time() // 3600 * 3600) - 7200
    names: dict[str, Any] = {"camera": "hall", "run": 1, "since": 1}
    with contextlib.closing(History(path, 10**8)) as history:
        minutes = [
            MinuteRow(**names, at=hour, track=n, people=1, looks=9, confidence=0.5, seconds={"happy": 30.0})
            for n in range(1, 8)
        ]
        visits = [
            ZoneRow(**names, at=hour, track=n, zone="desk", people=1, visitors=1, visits=1, dwell=12.0)
            for n in range(1, 7)
        ]
        few = [ZoneRow(**names, at=hour, track=1, zone="till", people=1, visitors=1, visits=1, dwell=5.0)]
        history.write([], minutes, [*visits, *few])
    page = visit().page
    page.goto(f"{serve(f'history={path}').url}/audience?camera=hall&zone=desk")
    page.locator(".heat td", has_text="6").wait_for()

    assert page.locator("nav a[aria-current=true]").all_inner_texts() == ["hall", "desk", "4 weeks", "Visitors"]
    assert page.get_by_text("had fewer than 5 people, in all cameras and zones: 1.").count() == 1
    assert page.get_by_role("link", name="till").count() == 0
    page.get_by_role("link", name="Dwell").click()
    page.locator(".heat td", has_text="12.0 s").wait_for()
    assert violations(page) == []
