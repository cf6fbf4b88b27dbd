"""All cameras at a glance: what happened, a screen on the wall, a search by name."""

from collections.abc import Callable
from typing import Any

from tests.support.waiting import until

PICTURES = "[...document.querySelectorAll('canvas')].map(c => Number(c.dataset.pictures ?? 0))"


def test_what_happened_is_listed(run: Any, visit: Callable[..., Any]) -> None:
    """People and cameras, newest first; the filters leave what they name, and the time leads to the timeline there."""
    page = visit().page
    page.goto(f"{run.url}/events")
    page.locator("tbody tr", has_text="came into view").first.wait_for()
    page.get_by_role("link", name="door", exact=True).click()
    page.wait_for_url("**camera=door**")
    row = page.locator("tbody tr", has_text="Person 1 came into view").last
    row.wait_for()

    assert set(page.locator("tbody td:nth-child(2)").all_inner_texts()) == {"door"}
    label = row.locator(".label").inner_text()
    page.get_by_role("link", name=label, exact=True).click()
    page.wait_for_url(f"**emotion={label}")
    row = page.locator("tbody tr", has_text="came into view").last
    row.wait_for()
    assert page.locator("tbody tr", has_text="Camera").count() == 0
    row.get_by_role("link").click()
    page.get_by_text("The event is in the middle of the chart.").wait_for()
    assert "camera=door&at=" in page.url
    page.locator(".shares tbody tr", has_text="Person 1").wait_for()
    page.goto(f"{run.url}/events?kind=cameras")
    page.locator("tbody tr", has_text="Camera: live").first.wait_for()
    assert page.locator("tbody tr", has_text="Person").count() == 0


def test_a_wall_has_no_controls(run: Any, visit: Callable[..., Any]) -> None:
    """Only the cameras, over the whole screen, in turn if they are too many; those that are hidden send no frames."""
    page = visit().page
    page.goto(f"{run.url}/wall?camera=desk&camera=door&camera=lobby&show=2&every=2")
    shown = page.locator(".screen:visible h2")
    shown.first.wait_for()
    found: set[tuple[str, ...]] = set()
    until(lambda: found.add(tuple(shown.all_inner_texts())) or {("desk", "door"), ("lobby",)} <= found)
    page.wait_for_function(f"{PICTURES}.every(n => n > 2)")

    assert page.locator("header, nav, button").count() == 0
    area = page.locator(".screens").bounding_box()
    assert (area["width"], area["height"]) == tuple(page.viewport_size[side] for side in ("width", "height"))
    assert page.locator(".screen").count() == 3
    page.goto(f"{run.url}/wall?camera=desk&camera=desk")
    shown.first.wait_for()
    assert page.locator(".screen").count() == 1
    assert page.locator(".screens").get_attribute("style") == "--columns: 1; --rows: 1;"
    page.goto(f"{run.url}/wall?camera=<b>gone")
    page.get_by_text("No camera here is called <b>gone.").wait_for()


def test_a_camera_is_found_by_its_name(run: Any, visit: Callable[..., Any]) -> None:
    """The others come back with an empty field."""
    page = visit().page
    page.goto(run.url)
    page.locator(".tile").nth(3).wait_for()
    page.get_by_label("Find a camera").fill("DO")
    until(lambda: page.locator(".tile:visible h3").all_inner_texts() == ["door"])
    page.get_by_label("Find a camera").fill("")
    until(lambda: page.locator(".tile:visible").count() == 4)
