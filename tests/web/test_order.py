"""Cameras keep their order, whichever comes first."""

from collections.abc import Callable
from typing import Any

from tests.support.waiting import until


def test_a_camera_that_comes_later_gets_its_place(run: Any, visit: Callable[..., Any]) -> None:
    """By name, among those that are there; with a group it has a heading and a wall of its own."""
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
    until(lambda: live.locator(".tile h3").all_inner_texts() == ["den", "desk", "door", "lobby", "me"])
    page.get_by_role("button", name="Edit den").click()
    page.locator("#edit-group").fill("Back <i>")
    page.locator("#dialog-edit").get_by_role("button", name="Apply").click()
    until(lambda: live.locator(".group h2").all_inner_texts() == ["Back <i>", "Other cameras"])
    assert live.locator(".tile h3").all_inner_texts() == ["den", "desk", "door", "lobby", "me"]
    live.get_by_role("link", name="Back <i>").click()
    live.get_by_role("link", name="Wall").click()
    until(lambda: live.locator(".screen:visible h2").all_inner_texts() == ["den"])
    live.goto(run.url)
    page.get_by_role("button", name="Remove den").click()
    page.locator("#dialog-remove").get_by_role("button", name="Remove").click()
    until(lambda: live.locator(".tile h3").all_inner_texts() == ["desk", "door", "lobby", "me"])
