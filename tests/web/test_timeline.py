"""What the timeline and the stored history show is true."""

import os
import signal
from collections.abc import Callable
from typing import Any

from pipeline.history.read import read_history
from tests.support.waiting import until


def test_the_timeline(run: Any, visit: Callable[..., Any]) -> None:
    """The chart is drawn and renewed until it is paused, the table tells the same, and both go into a CSV file."""
    page = visit().page
    page.goto(f"{run.url}/timeline?camera=door&minutes=1")
    page.locator(".chart canvas").wait_for()
    until(lambda: page.locator(".shares tbody tr").count() >= 2, page.content)
    seen = page.locator(".shares td.number").first
    before = seen.inner_text()
    until(lambda: seen.inner_text() != before)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").wait_for()
    person = page.locator(".choose").last
    person.click()
    until(lambda: person.get_attribute("aria-pressed") == "true")
    with page.expect_download() as download:
        page.get_by_text("Export as CSV").click()

    rows = download.value.path().read_text().splitlines()
    assert rows[0].startswith("time_s,track,angry,")
    assert len(rows) > 5


def test_the_stored_history(run: Any, visit: Callable[..., Any]) -> None:
    """A chosen time is drawn from the run's history; a person, a part of it, and a time without anybody are chosen."""
    page = visit(timezone_id="Asia/Tokyo").page
    page.goto(f"{run.url}/timeline?camera=door")
    until(lambda: len(list(read_history(run.folder() / "past.sqlite", "minutes", ["door"]))) >= 2, run.log)
    page.get_by_role("link", name="Stored history").click()
    page.locator(".chart canvas").wait_for()
    assert page.locator("nav a[aria-current=true]").all_inner_texts() == ["door", "24 hours"]
    person = page.locator(".choose").first
    person.click()
    until(lambda: person.get_attribute("aria-pressed") == "true")
    person.click()
    until(lambda: person.get_attribute("aria-pressed") == "false")
    with page.expect_download() as download:
        page.get_by_role("link", name="Minutes (CSV)").click()
    rows = download.value.path().read_text().splitlines()
    assert rows[0].startswith("at,camera,run,track,people,looks,confidence,angry,")
    assert len(rows) > 2

    # the reader's own time, whatever this machine's is
    page.wait_for_function("document.querySelector('[name=end]').value")
    page.locator("[name=begin]").fill("2001-09-09T10:46")
    page.locator("[name=end]").fill("2001-09-09T11:46")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("No one was seen in this period.").wait_for()
    assert "begin=999999960&end=1000003560" in page.url
    page.wait_for_function("document.querySelector('[name=begin]').value == '2001-09-09T10:46'")
    page.locator("[name=end]").fill("2001-09-08T10:46")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("The start must be before the end.").wait_for()


def test_people_counted_anew_are_told_apart(run: Any, visit: Callable[..., Any]) -> None:
    """The stage that follows people dies and counts from 1 again: history and timeline say which 1 is meant."""

    def counts() -> int:
        """Return since how many times people of this camera have been counted."""
        path = run.folder() / "past.sqlite"
        return len({row.since for row in read_history(path, "minutes", ["lobby"]) if row.track == 1})

    until(counts, run.log)
    before = counts()
    os.kill(run.stage("detect"), signal.SIGKILL)
    until(lambda: counts() > before, run.log)
    page = visit(timezone_id="Asia/Tokyo").page
    page.goto(f"{run.url}/history?camera=lobby")
    page.locator(".choose").first.wait_for()
    here = page.evaluate(
        "[...document.querySelectorAll('.choose')].map(b => new Date(1000 * b.dataset.since)"
        ".toLocaleTimeString('en', {hour: '2-digit', minute: '2-digit', hourCycle: 'h23'}).slice(0, 5))"
    )
    page.wait_for_function("here => document.querySelector('.choose').textContent.includes(here)", arg=here[0])
    names = page.locator(".choose").all_inner_texts()
    assert all(name.startswith("Person\u00a0") and ", since\u00a0" in name for name in names)
    assert len(names) == len(set(names)) > 1
    assert page.get_by_text("Numbering restarts whenever a camera restarts").is_visible()
    page.goto(f"{run.url}/timeline?camera=lobby&minutes=10")
    page.locator(".choose", has_text="Person\u00a01, since\u00a0").nth(1).wait_for()
