"""The pages as a browser shows them."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from pipeline.messages import Language
from stages.report.pages import write_reports
from tests.stages.report.recordings import write_table

CHROMIUM = Path("/usr/bin/chromium")
SERIOUS = ("serious", "critical")
"""Impacts that axe gives what keeps people from reading a page."""

pytestmark = [pytest.mark.process, pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[Language, list[Path]]:
    """Return, by language, the index and the reports of a recording with faces and of one without."""
    name = "a-talk-with-a-name-that-is-much-too-long-for-a-small-screen-and-has-no-space"
    pages: dict[Language, list[Path]] = {}
    for language in get_args(Language):
        folder = tmp_path_factory.mktemp(f"reports-{language}")
        write_table(folder, name, people=3, language=language)
        write_table(folder, "nobody", people=0, language=language)
        pages[language] = write_reports(folder).pages
    return pages


@pytest.mark.parametrize(("scheme", "language"), [("light", "fr"), ("dark", "en")])
def test_pages_fit_and_can_be_read_by_everybody(
    browser: Browser, pages: dict[Language, list[Path]], scheme: str, language: Language
) -> None:
    """On a wide and on a small screen: nothing sticks out, is fetched or complained about, or is serious to axe."""
    for path in pages[language]:
        asked: list[str] = []
        page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("console", lambda message, asked=asked: asked.append(message.text))
        page.goto(path.as_uri())
        for width in (1440, 380):
            page.set_viewport_size({"width": width, "height": 900})

            assert page.evaluate("document.documentElement.scrollWidth") <= width
            found = Axe().run(page).response["violations"]
            serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in SERIOUS]
            assert (width, serious) == (width, [])
        assert asked == [path.as_uri()]
        page.close()
