"""The editor of zones: drawn by mouse and keyboard, applied to the run."""

from collections.abc import Callable, Iterator
from typing import Any

import msgpack
import pytest
import zmq
from playwright.sync_api import expect

from tests.web.asking import ask


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
    """By mouse and by keyboard alone; the camera goes on, and a wrong zone is refused with its place."""
    run = zoneless
    pid = run.stage("camera.desk")
    page = visit().page
    page.goto(f"{run.url}/camera/desk/zones")
    page.get_by_role("button", name="Add a zone").press("Enter")
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
