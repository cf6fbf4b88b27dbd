"""The page is for everybody: small screens, keyboards, screen readers, two languages; and closed to strangers."""

from collections.abc import Callable
from typing import Any

from stages.web.access.credentials import hash_password
from tests.web.asking import violations

PATHS = (
    "/",
    "/camera/desk",
    "/camera/desk/zones",
    "/timeline?camera=desk",
    "/history?camera=desk",
    "/events",
    "/wall",
    "/recordings",
    "/health",
    "/settings",
)


UNCOVERED = """() => {
  const box = document.activeElement.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return document.activeElement.contains(top) || top.contains(document.activeElement);
}"""
"""Whether the element with the focus can be seen."""


def ready(page: Any) -> None:
    """Wait until a page has been built and has its first numbers."""
    page.locator("main").wait_for()
    page.wait_for_function("document.documentElement.lang && window.socket?.connected")


def test_accessibility(run: Any, visit: Callable[..., Any]) -> None:
    """The axe-core rules find nothing on any page, in light and in dark."""
    page = visit().page
    found = []
    for path in PATHS:
        page.goto(run.url + path)
        ready(page)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found += [(path, scheme, *violation) for violation in violations(page)]

    assert found == []


def test_french_on_a_small_screen(run: Any, visit: Callable[..., Any]) -> None:
    """At 380 pixels nothing reaches beyond the edge, and the browser's language is spoken."""
    page = visit(locale="fr", viewport={"width": 380, "height": 780}).page
    for path in PATHS:
        page.goto(run.url + path)
        ready(page)

        assert page.evaluate("document.documentElement.lang") == "fr"
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
    assert page.locator("h1").inner_text() == "Réglages"
    # what has the focus is neither under the header nor under the navigation at the bottom
    for _ in range(25):
        page.keyboard.press("Tab")
        assert page.evaluate(UNCOVERED), page.evaluate("document.activeElement.outerHTML")


def test_language_and_colours_are_chosen(run: Any, visit: Callable[..., Any]) -> None:
    """Both choices are kept from page to page."""
    page = visit().page
    page.goto(f"{run.url}/timeline?camera=door")
    page.get_by_role("link", name="Afficher la page en français").click()
    page.get_by_role("heading", name="Chronologie").wait_for()
    assert "camera=door" in page.url
    for theme, colour in (("light", "rgb(244, 245, 248)"), ("dark", "rgb(14, 17, 22)")):
        page.locator("button.tool").first.click()
        page.wait_for_function("theme => document.documentElement?.dataset.theme == theme", arg=theme)
        page.goto(f"{run.url}/health")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == colour
        ready(page)


def test_the_keyboard_is_enough(run: Any, visit: Callable[..., Any]) -> None:
    """The first key skips to the content, and every page and camera is reached by tabbing."""
    page = visit().page
    page.goto(run.url)
    ready(page)
    reached = []
    for _ in range(17):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href')"))

    assert reached[0] == "#content"
    for wanted in (
        "/",
        "/timeline",
        "/events",
        "/wall",
        "/recordings",
        "/health",
        "/settings",
        "/camera/desk",
        "/camera/door",
        "/camera/lobby",
    ):
        assert wanted in reached


def test_the_login(serve: Callable[..., Any], visit: Callable[..., Any]) -> None:
    """A stranger sees the login page; a wrong password is refused, the right one opens the page asked for."""
    alone = serve("user=ann", f"password={hash_password('correct horse')}")
    page = visit().page
    page.goto(f"{alone.url}/health")
    assert "/login" in page.url
    page.get_by_label("User").fill("ann")
    page.get_by_label("Password").fill("wrong horse")
    page.get_by_role("button", name="Log in").click()
    assert page.get_by_role("alert").inner_text() == "Wrong user name, password or token."
    assert "wrong horse" not in page.content()
    page.get_by_label("User").fill("ann")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Health").wait_for()
    page.goto(alone.url)
    page.wait_for_function("Number(document.querySelector('canvas')?.dataset.pictures ?? 0) > 2")
    page.get_by_role("button", name="Log out").click()
    page.get_by_label("User").wait_for()
