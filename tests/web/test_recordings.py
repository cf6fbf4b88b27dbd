"""A recording dropped on the page is examined by the pipeline, played with its timeline, and gone when deleted."""

from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import cv2
import pytest

from stages.synthetic import Synthetic
from stages.web.uploads import PREFIX
from tests.support.waiting import until
from tests.web.asking import violations


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Return a film of a second with one face."""
    file = tmp_path / "a film <b>.mp4"
    camera = Synthetic(name="x", width=320, height=240, seed=3)
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (320, 240))
    for seq in range(10):
        writer.write(cv2.cvtColor(camera.draw(seq * 3), cv2.COLOR_YUV2BGR_I420))
    writer.release()
    return file


def test_a_good_and_a_broken_film(run: Any, visit: Callable[..., Any], film: Path, tmp_path: Path) -> None:
    """The good one plays, seeks from its timeline, gets a name and can be taken away; the broken one gets one line."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(film.read_bytes()[:400])
    page = visit().page
    page.goto(f"{run.url}/recordings")
    page.wait_for_function("window.socket?.connected")
    page.set_input_files("#file", [film, broken])
    for file in (film, broken):
        page.locator(".upload h3", has_text=file.name).wait_for()
    good = page.locator(".upload", has_text=film.name)
    good.get_by_text("Show the result").wait_for(timeout=60_000)
    bad = page.locator(".upload", has_text="broken.mp4")
    bad.get_by_text("analysis failed").wait_for(timeout=60_000)
    assert bad.locator(".wrong").inner_text() == "its video format cannot be read"
    assert (bad.locator(".wrong").get_attribute("title") or "").startswith("expected ")

    good.get_by_text("Show the result").click()
    page.wait_for_function("document.querySelector('video')?.readyState >= 2 && video.duration > 0.5")
    assert page.locator("h1").inner_text() == film.name
    assert page.locator(".shares tbody tr").count() == 1
    page.locator("#playhead:not([hidden])").wait_for(state="attached")
    chart = page.locator(".chart canvas").first
    chart.click(position={"x": 0.6 * chart.bounding_box()["width"], "y": 44})
    page.wait_for_function("video.currentTime > 0.3")
    # the tooltip of the band below the pointer belongs to the document's main part
    page.locator("#content").get_by_text("Person 1: ").wait_for()
    assert violations(page) == []
    # it leaves the title between both charts free
    assert page.evaluate("getComputedStyle(playhead).backgroundImage").startswith("linear-gradient")
    assert page.evaluate("parseFloat(playhead.style.getPropertyValue('--lines')) > 60")
    for text, name in (
        ("Video", "annotated.mp4"),
        ("Table (CSV)", "faces.csv"),
        ("Table (Parquet)", "faces.parquet"),
        ("Columns (JSON)", "columns.json"),
        ("Plot (PNG)", "timeline.png"),
    ):
        with page.expect_download() as download:
            page.get_by_role("link", name=text).click()
        assert download.value.suggested_filename == f"a_film_b-{name}"
    with page.expect_download() as download:
        page.get_by_role("link", name="ELAN (.eaf)").click()
    assert download.value.suggested_filename == "a_film_b.eaf"
    assert f"./{film.name}".replace("<b>", "&lt;b&gt;") in download.value.path().read_text("utf-8")

    # what `[landmarks]` measured has a chart of its own; there are no markers without a table of them
    measured = page.locator("section", has=page.get_by_role("heading", name="Head, eyes and mouth"))
    assert measured.locator(".chart canvas").count() == 1
    assert page.get_by_role("heading", name="Markers").count() == 0
    id_ = page.url.rpartition("/")[2]
    (table,) = Path(gettempdir()).glob(f"{PREFIX}*/{id_}/**/faces.csv")
    table.with_name("markers.csv").write_text("pts_ms,at,stream,marker\n500,7,task,look <b>up</b>\n")
    page.reload()
    assert page.locator(".marks li").all_inner_texts() == ["0.5\N{NO-BREAK SPACE}s: look <b>up</b> (task)"]
    page.get_by_label("Name of number 1").fill("Ann <b>")
    page.get_by_role("button", name="Save names").click()
    page.locator(".shares tbody tr", has_text="Ann <b>").wait_for(timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("link", name="Persons (CSV)").click()
    assert download.value.path().read_text().splitlines()[1].startswith("1,Ann <b>,")

    page.goto(f"{run.url}/recordings")
    page.locator(".upload", has_text=film.name).get_by_role("button", name="Delete").click()
    until(lambda: page.locator(".upload", has_text=film.name).count() == 0)


def test_what_is_refused(run: Any, visit: Callable[..., Any], tmp_path: Path) -> None:
    """A file that is too large is not sent, and a text is no video whatever its name; one line reports it."""
    large, text = tmp_path / "large.mp4", tmp_path / "notes.mp4"
    large.write_bytes(bytes((1 << 20) + 1))
    text.write_text("no film")
    page = visit().page
    page.goto(f"{run.url}/recordings")
    page.wait_for_function("window.socket?.connected")
    page.set_input_files("#file", [large, text])
    refused = page.locator("#sending .upload")
    refused.filter(has_text="large.mp4 is too large. The limit is 1 MB.").wait_for()
    refused.filter(has_text="notes.mp4 is not a supported video or picture.").wait_for()
    assert page.locator(".upload h3").count() == 0
    page.get_by_role("button", name="Close the message about large.mp4").click()
    assert refused.count() == 1
