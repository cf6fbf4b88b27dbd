"""Cameras keep their order, whichever comes first."""

from collections.abc import Callable
from typing import Any

from tests.support.waiting import until


def test_a_camera_that_comes_later_gets_its_place(run: Any, visit: Callable[..., Any]) -> None:
    """By name, among those that are there."""
    page = visit().page
    page.goto(run.url)
    page.locator(".tile").nth(3).wait_for()
    page.goto(f"{run.url}/settings")
    page.locator("#add-name").fill("den")
    page.locator("#add-source").fill("demo")
    live = visit().page
    live.goto(run.url)
    live.locator(".tile").nth(3).wait_for()
    page.get_by_role("button", name="Add the camera").click()
    until(lambda: live.locator(".tile h2").all_inner_texts() == ["den", "desk", "door", "lobby", "me"])
    page.get_by_role("button", name="Remove den").click()
    page.locator("#dialog-remove").get_by_role("button", name="Remove").click()
    until(lambda: live.locator(".tile h2").all_inner_texts() == ["desk", "door", "lobby", "me"])
