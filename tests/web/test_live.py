"""What the live pages show is true, stays true when something dies, and comes back by itself."""

import os
import signal
from collections.abc import Callable
from typing import Any

import psutil
import pytest
import zmq

from tests.support.waiting import until

PICTURES = "[...document.querySelectorAll('canvas')].map(c => Number(c.dataset.pictures ?? 0))"


def test_three_cameras_are_live(run: Any, visit: Callable[..., Any]) -> None:
    """Each has a moving frame, its state, its rate and its people."""
    page = visit().page
    page.goto(run.url)
    page.wait_for_function(f"{PICTURES}.length == 4 && {PICTURES}.filter(n => n > 5).length == 3")

    assert page.locator(".tile h3").all_inner_texts() == ["desk", "door", "lobby", "me"]
    states = page.locator(".tile .state").all_inner_texts()
    assert states[:3] == ["live"] * 3
    assert states[3] == "stopped"
    assert page.locator(".tile", has_text="me").locator(".message").last.inner_text() == "Camera stopped"
    until(lambda: all(" fps · " in text for text in page.locator(".tile .numbers").all_inner_texts()[:3]))
    until(lambda: page.locator(".tile .label:visible").count() >= 3, page.content)
    assert page.locator(".picture[data-state=live].stale").count() == 0


def test_a_frame_that_cannot_be_decoded_is_not_the_last(run: Any, visit: Callable[..., Any]) -> None:
    """As on a phone without memory for it; the camera would be grey until the page is loaded again."""
    page = visit().page
    page.add_init_script(
        "let failures = 8; const decode = createImageBitmap;"
        " window.createImageBitmap = (...all) => failures-- > 0 ? Promise.reject(new Error('memory')) : decode(...all);"
    )
    page.goto(run.url)

    page.wait_for_function(f"{PICTURES}.length == 4 && {PICTURES}.filter(n => n > 2).length == 3")


def test_a_camera_dies_and_comes_back(run: Any, visit: Callable[..., Any]) -> None:
    """While it is silent its frame is grey with the time it stopped, the others continue; then it is live again."""
    page = visit().page
    page.goto(run.url)
    tile = page.locator(".tile", has_text="door")
    tile.locator(".state[data-state=live]").wait_for()
    pid = run.stage("camera.door")
    os.kill(pid, signal.SIGSTOP)
    try:
        tile.locator(".state[data-state=stalled]").wait_for()
        assert "No frame since" in tile.locator(".message").inner_text()
        assert "grayscale" in tile.locator("canvas").evaluate("canvas => getComputedStyle(canvas).filter")
        assert page.locator(".tile", has_text="desk").locator(".state").inner_text() == "live"
    finally:
        os.kill(pid, signal.SIGKILL)
    tile.locator(".state[data-state=live]").wait_for()
    tile.locator(".picture:not(.stale)").wait_for()
    assert not tile.locator(".message").is_visible()


def test_one_camera_large(run: Any, visit: Callable[..., Any]) -> None:
    """A click opens it; its people are listed with their picture and seven bars, renewed in place."""
    page = visit().page
    page.goto(run.url)
    page.get_by_role("link", name="Enlarge desk").click()
    person = page.locator(".person").first
    person.wait_for()

    assert page.locator("h1").inner_text() == "desk"
    assert person.locator("dt").count() == 7
    portrait = person.get_by_role("img", name="Picture of person ")
    page.wait_for_function("document.querySelector('.portrait')?.naturalHeight > 50")
    before = portrait.get_attribute("src")
    page.wait_for_function("src => document.querySelector('.portrait').getAttribute('src') != src", arg=before)
    page.wait_for_function("document.querySelectorAll('.person .value')[6]?.textContent.endsWith('%')")
    page.wait_for_function("document.querySelector('.person .times')?.textContent.includes(' for ')")
    page.evaluate("document.querySelector('.person').dataset.mine = 'yes'")
    before = page.locator(".person .times").first.inner_text()
    page.wait_for_function("old => document.querySelector('.person .times').textContent != old", arg=before)
    assert page.locator(".person[data-mine=yes]").count() == 1


def test_the_range_of_sight(run: Any, visit: Callable[..., Any]) -> None:
    """On demand the smallest and the largest face are outlined on the picture, with distances for the reader's lens."""
    page = visit(locale="fr").page
    page.goto(f"{run.url}/camera/desk")
    button = page.get_by_role("button", name="Afficher la portée")
    button.wait_for()
    assert not page.locator(".sight").is_visible()
    button.click()
    page.locator(".sight rect.smallest").wait_for()
    sides = [
        page.locator(f".sight rect.{name}").evaluate(
            "rect => [rect.getBBox().width, rect.ownerSVGElement.viewBox.baseVal.width]"
        )
        for name in ("smallest", "largest")
    ]
    smallest, largest = (side for side, _ in sides)
    assert [width for _, width in sides] == [640, 640]
    assert 12 < smallest < largest <= 480
    assert page.locator(".sight text").first.inner_html().startswith("plus grand visage")
    # the outlines lie on the picture
    inside = page.locator(".picture").bounding_box()
    outline = page.locator(".sight rect.largest").bounding_box()
    assert inside["x"] <= outline["x"] and outline["x"] + outline["width"] <= inside["x"] + inside["width"]
    assert inside["y"] <= outline["y"] and outline["y"] + outline["height"] <= inside["y"] + inside["height"]

    said = page.locator(".lens p")
    assert said.inner_text().startswith("Les visages sont détectés entre 0,")
    before = said.inner_text()
    page.get_by_label("Objectif").fill("20")
    page.wait_for_function("before => document.querySelector('.lens p').textContent != before", arg=before)
    button.click()
    page.locator(".sight").wait_for(state="hidden")


def test_the_browsers_own_camera(run: Any, visit: Callable[..., Any]) -> None:
    """One click sends it through the pipeline and back; a second browser has to wait; another click ends it."""
    page = visit(permissions=["camera"]).page
    page.goto(run.url)
    page.get_by_role("link", name="My camera").click()
    page.get_by_role("button", name="Start my camera").click()
    state = page.locator(".state")
    page.locator(".state[data-state=live]").wait_for()
    page.wait_for_function("Number(document.querySelector('canvas').dataset.pictures ?? 0) > 5")
    size = page.evaluate("[document.querySelector('canvas').width, document.querySelector('canvas').height]")
    assert size == [640, 480]

    other = visit(permissions=["camera"]).page
    other.goto(page.url)
    other.get_by_role("button", name="Start my camera").click()
    other.get_by_role("alert").filter(has_text="Another browser is already sending video.").wait_for()
    page.get_by_role("button", name="Stop my camera").click()
    page.locator(".state[data-state=off]").wait_for()
    assert state.inner_text() == "stopped"
    assert page.locator(".picture .message").inner_text() == "Camera stopped"
    blank = "canvas => !canvas.getContext('2d').getImageData(0, 0, 640, 480).data.some(value => value)"
    page.wait_for_function(f"({blank})(document.querySelector('canvas'))")
    page.get_by_role("button", name="Start my camera").click()
    page.locator(".state[data-state=live]").wait_for()
    page.get_by_role("button", name="Stop my camera").click()
    page.locator(".state[data-state=off]").wait_for()


@pytest.mark.parametrize(
    ("name", "said"),
    [("NotAllowedError", "a été refusée."), ("NotFoundError", "aucune caméra n’a été trouvée."), ("OddError", "odd")],
)
def test_a_browser_without_a_camera(run: Any, visit: Callable[..., Any], name: str, said: str) -> None:
    """Why it has none is said in the reader's language; what is of no kind as the browser says it."""
    page = visit(locale="fr").page
    page.add_init_script(
        f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('odd', '{name}') }}"
    )
    page.goto(f"{run.url}/camera/me")
    page.get_by_role("button", name="Démarrer ma caméra").click()
    page.get_by_role("alert").filter(has_text=said).wait_for()


def test_an_unknown_camera(run: Any, visit: Callable[..., Any]) -> None:
    """One line reports it, and a name is never taken for HTML."""
    page = visit().page
    page.goto(f"{run.url}/camera/%3Cimg%20src=x%3E")

    assert page.get_by_text("No camera has that name.").is_visible()


def test_an_address_without_a_page(run: Any, visit: Callable[..., Any]) -> None:
    """It is said in the reader's language, with the way to the others; programs get a line."""
    page = visit(locale="fr").page
    answered = page.goto(f"{run.url}/nothing/here")

    assert answered.status == 404
    assert page.get_by_role("heading", name="Cette page n’existe pas.").is_visible()
    page.get_by_role("link", name="Toutes les caméras").click()
    page.locator(".tile").first.wait_for()
    assert page.request.get(f"{run.url}/cameras/nobody.mjpg").text() == "no camera of that name\n"
    assert page.request.get(f"{run.url}/api/nothing").json() == {"error": "Not Found"}
    assert page.request.get(f"{run.url}/nothing").text() == "this address does not exist\n"


def test_health(run: Any, visit: Callable[..., Any]) -> None:
    """Every stage of the run is listed with its counters."""
    page = visit().page
    page.goto(f"{run.url}/health")
    until(lambda: page.locator("tr", has_text="[overlay]").count(), page.content)

    rows = page.locator("section").nth(1).locator("tbody tr").all_inner_texts()
    names = [row.split()[0] for row in rows]
    cameras, others = names[:-7], names[-7:]
    assert {"[camera.desk]", "[camera.door]", "[camera.lobby]"} <= set(cameras)
    assert others == [
        "[detect]",
        "[emotion]",
        "[overlay]",
        "[output.events]",
        "[output.page]",
        "[output.past]",
        "[output.video]",
    ]
    assert all(int(row.split()[1]) > 0 for row in rows if "camera.me" not in row)


def test_a_page_left_open_does_not_grow(run: Any, visit: Callable[..., Any]) -> None:
    """After hundreds of pictures and renewals neither page nor server holds more than before."""
    opened = visit()
    live, timeline = opened.page, opened.context.new_page()
    live.goto(run.url)
    timeline.goto(f"{run.url}/timeline?camera=door&minutes=1")
    sessions = [opened.context.new_cdp_session(page) for page in (live, timeline)]
    server = psutil.Process(run.stage("output.page"))

    def look(pictures: int) -> tuple[list[int], list[int], int, int]:
        """Return listeners and bytes of the pages, open files and bytes of the server, after this number of frames."""
        live.wait_for_function(f"{PICTURES}.filter(n => n >= {pictures}).length == 3", timeout=120_000)
        for session in sessions:
            session.send("HeapProfiler.collectGarbage")
        listeners = [session.send("Memory.getDOMCounters")["jsEventListeners"] for session in sessions]
        heaps = [session.send("Runtime.getHeapUsage")["usedSize"] for session in sessions]
        return listeners, heaps, server.num_fds(), server.memory_full_info().uss

    look(100)  # until everything has been used once
    before = look(200)
    after = look(400)

    # the chart sets up a few more when it gets its first person
    assert all(now <= then + 10 for then, now in zip(before[0], after[0], strict=True))
    assert after[1][0] < before[1][0] + 2**20
    # the chart holds a minute of samples, which may still have been coming
    assert after[1][1] < before[1][1] + 8 * 2**20
    assert after[2] <= before[2] + 4
    assert after[3] < before[3] + 2**24


def test_the_page_survives_its_process(run: Any, visit: Callable[..., Any]) -> None:
    """After kill -9 of the web process the page reports it, events and recording continue, and frames return."""
    recording = next(run.folder().glob("desk*.mp4*"))

    def written() -> int:
        """Return how much of the camera has been recorded."""
        return recording.stat().st_size

    page = visit().page
    page.goto(run.url)
    page.wait_for_function(f"{PICTURES}.some(n => n > 2)")
    with zmq.Context() as context, context.socket(zmq.SUB) as subscriber:
        subscriber.subscribe(b"")
        subscriber.connect(run.events)
        assert subscriber.poll(10_000)
        os.kill(run.stage("output.page"), signal.SIGKILL)
        page.locator("#lost").wait_for()
        assert page.locator(".tile .state:visible").count() == 0
        before = written()
        for _ in range(50):
            assert subscriber.poll(5_000)
            subscriber.recv_multipart()
        until(lambda: written() > before, run.log)
        until(run.answers, run.log)
        page.wait_for_function(f"{PICTURES}.length >= 3 && {PICTURES}.some(n => n > 2)", timeout=60_000)
        page.locator("#lost").wait_for(state="hidden")
