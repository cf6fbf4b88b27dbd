"""The page changes the run while it runs; only the affected processes restart."""

from collections.abc import Callable, Iterator
from typing import Any

import msgpack
import pytest
import zmq
from playwright.sync_api import expect

from tests.support.ports import free_port
from tests.support.waiting import until
from tests.web.asking import ask


@pytest.fixture
def restored(run: Any) -> Iterator[Any]:
    """Return the run, and give it back with the cameras and settings it had."""
    before = {camera["name"]: camera["options"] for camera in ask(run, "GET", "/cameras")}
    yield run
    for camera in ask(run, "GET", "/cameras"):
        if camera["name"] not in before:
            ask(run, "DELETE", f"/cameras/{camera['name']}")
    for name, options in before.items():
        ask(run, "PUT", f"/cameras/{name}", {"options": options})
    for stage in ("emotion", "overlay"):
        options = ask(run, "GET", "/settings")[stage]
        ask(run, "PATCH", f"/{stage}", {"options": dict.fromkeys(options)})


def row(page: Any, name: str) -> Any:
    """Return a camera's row."""
    return page.locator(".cameras li", has=page.get_by_role("heading", name=name, exact=True))


def test_cameras_come_and_go(restored: Any, visit: Callable[..., Any]) -> None:
    """One is added, renamed and removed, another paused and resumed; the others continue in the same stream."""
    run = restored
    pids = {name: run.stage(f"camera.{name}") for name in ("desk", "lobby")}
    positions: dict[str, list[float]] = {"desk": [], "lobby": []}
    page = visit().page
    live = visit().page
    live.goto(run.url)
    page.goto(f"{run.url}/settings")
    with zmq.Context() as context, context.socket(zmq.SUB) as subscriber:
        for name in positions:
            subscriber.subscribe(f"emotion.{name}.")
        subscriber.connect(run.events)

        def go_on() -> None:
            """Wait until both cameras that nobody touches have sent more."""
            counts = {name: len(found) for name, found in positions.items()}
            while any(len(found) < counts[name] + 5 for name, found in positions.items()):
                assert subscriber.poll(20_000), run.log()
                event = msgpack.unpackb(subscriber.recv_multipart()[1])
                if event["type"] == "observation":
                    positions[event["camera"]].append(event["pts_ms"])

        go_on()
        row(page, "desk").locator("[data-state=live]").wait_for()
        page.locator("#add-name").fill("garden")
        page.locator("#add-source").fill("demo")
        page.get_by_text("More options").click()
        page.locator("#add-width").fill("320")
        page.locator("#add-height").fill("240")
        page.get_by_role("button", name="Add the camera").click()
        row(page, "garden").locator("[data-state=live]").wait_for(timeout=60_000)
        assert page.locator("#add-source").input_value() == ""
        live.locator(".tile", has_text="garden").wait_for()
        go_on()
        page.get_by_role("button", name="Pause door").click()
        row(page, "door").locator("[data-state=paused]").wait_for()
        live.locator(".tile", has_text="door").locator("[data-state=paused]").first.wait_for()
        go_on()
        page.get_by_role("button", name="Edit garden").click()
        dialog = page.locator("#dialog-edit")
        page.wait_for_function("document.getElementById('edit-width').value == '320'")
        assert page.locator("#edit-source").input_value() == "demo"
        page.locator("#edit-width").fill("")
        page.locator("#edit-fps").fill("5")
        dialog.get_by_role("button", name="Apply").click()
        dialog.wait_for(state="hidden")
        until(lambda: ask(run, "GET", "/cameras/garden")["options"] == {"source": "demo", "height": 240, "fps": 5})
        row(page, "garden").locator("[data-state=live]").wait_for(timeout=60_000)
        page.get_by_role("button", name="Rename garden").click()
        page.locator("#rename-name").fill("yard")
        page.locator("#dialog-rename").get_by_role("button", name="Rename").click()
        row(page, "yard").locator("[data-state=live]").wait_for(timeout=60_000)
        page.get_by_role("button", name="Remove yard").click()
        page.locator("#dialog-remove").wait_for()
        page.keyboard.press("Escape")
        page.locator("#dialog-remove").wait_for(state="hidden")
        assert row(page, "yard").count() == 1
        page.get_by_role("button", name="Remove yard").click()
        page.locator("#dialog-remove").get_by_role("button", name="Remove").click()
        row(page, "yard").wait_for(state="detached")
        live.locator(".tile", has_text="yard").wait_for(state="detached")
        page.get_by_role("button", name="Resume door").click()
        row(page, "door").locator("[data-state=live]").wait_for(timeout=60_000)
        go_on()

    # another process, or another stream in it, would have begun at its beginning
    assert {name: run.stage(f"camera.{name}") for name in pids} == pids
    for found in positions.values():
        assert found == sorted(found)


def test_a_camera_that_is_awaited_is_shown_when_it_comes(restored: Any, visit: Callable[..., Any]) -> None:
    """A viewer who opens its page before the run knows of it sees it without reloading."""
    page = visit().page
    page.goto(f"{restored.url}/camera/late")
    expect(page.get_by_text("No camera has that name.")).to_be_visible()
    options = {"source": "demo", "width": 320, "height": 240, "fps": 5}
    ask(restored, "POST", "/cameras", {"name": "late", "options": options})

    expect(page.get_by_role("heading", name="late")).to_be_visible(timeout=30_000)


def test_settings_are_the_runs(restored: Any, visit: Callable[..., Any]) -> None:
    """What one page changes another one shows, but for what is being edited there; mistakes get one line."""
    run = restored
    one, other = visit().page, visit(locale="fr").page
    for page in (one, other):
        page.goto(f"{run.url}/settings")
        page.wait_for_function("document.querySelector('#emotion-margin')?.value == '0.2'")
    form = one.locator("section", has=one.locator("#overlay-labels"))
    expect(form.get_by_role("button", name="Apply")).to_be_disabled()
    other.locator("#overlay-notice").fill("Bonjour")
    one.locator("#overlay-labels").select_option("fr")
    one.locator("#overlay-bars").uncheck()
    form.get_by_role("button", name="Apply").click()
    form.get_by_role("status").filter(has_text="Applied.").wait_for()
    other.wait_for_function("document.querySelector('#overlay-labels').value == 'fr'")
    expect(other.locator("#overlay-bars")).not_to_be_checked()
    assert other.locator("#overlay-notice").input_value() == "Bonjour"
    settings = ask(run, "GET", "/settings")["overlay"]
    assert (settings["labels"], settings["bars"], settings["notice"]) == ("fr", False, "")
    expect(form.get_by_role("button", name="Apply")).to_be_disabled()

    one.locator("#emotion-margin").focus()
    one.keyboard.press("ArrowRight")
    one.locator("section", has=one.locator("#emotion-margin")).get_by_role("button", name="Apply").click()
    other.wait_for_function("document.querySelector('#emotion-margin + output').textContent == '0,21'")
    form.get_by_role("button", name="Restore defaults").click()
    other.wait_for_function("document.querySelector('#overlay-labels').value == 'en'")

    one.locator("#add-name").fill("films")
    one.locator("#add-source").fill("/etc/passwd")
    one.get_by_role("button", name="Add the camera").click()
    one.get_by_role("alert").filter(has_text="Enter an address that begins with rtsp://").wait_for()
    assert one.locator("#add-source").input_value() == "/etc/passwd"
    other.locator("#add-name").fill("wide")
    other.locator("#add-source").fill("demo")
    other.get_by_text("Autres options").click()
    other.locator("#add-width").fill("255")
    other.get_by_role("button", name="Ajouter la caméra").click()
    refused = other.get_by_role("alert").filter(has_text="Largeur maximale (px)")
    refused.wait_for()
    expected = "Largeur maximale (px) : doit être un multiple de 2, entre 256 et 8192."
    assert " ".join(refused.inner_text().split()) == expected


def test_changes_are_kept_if_asked(restored: Any, visit: Callable[..., Any]) -> None:
    """The switch decides whether the config file is written."""
    page = visit().page
    page.goto(f"{restored.url}/settings")
    page.get_by_role("button", name="Pause door").click()
    page.get_by_role("button", name="Resume door").click()
    page.get_by_role("button", name="Pause door").wait_for()
    assert "enabled" not in restored.config()
    page.get_by_label("Save changes").check()
    page.get_by_role("button", name="Pause door").click()
    page.get_by_role("button", name="Resume door").wait_for()
    assert "enabled = false" in restored.config()
    page.get_by_role("button", name="Resume door").click()
    page.get_by_role("button", name="Pause door").wait_for()
    assert "enabled" not in restored.config()


def test_reasons_are_in_the_readers_language(restored: Any, visit: Callable[..., Any]) -> None:
    """Every page gives the reason why a camera is not live in French; the program's error is only in a tooltip."""
    ask(restored, "POST", "/cameras", {"name": "gone", "options": {"source": f"rtsp://127.0.0.1:{free_port()}/x"}})
    page = visit(locale="fr").page
    said = "impossible à joindre ou à ouvrir"
    for path, place in (("/", ".tile"), ("/health", "tr"), ("/settings", ".cameras li")):
        page.goto(restored.url + path)
        why = page.locator(place, has_text="gone").locator("p:visible", has_text=said)
        why.wait_for(timeout=60_000)
        assert why.get_attribute("title")
        assert why.inner_text().endswith(said)


def test_dialogs_stand_in_the_middle(run: Any, visit: Callable[..., Any]) -> None:
    """On a screen and on a telephone, no higher than what is in them."""
    for width, height in ((1440, 900), (380, 780)):
        page = visit(viewport={"width": width, "height": height}).page
        page.goto(f"{run.url}/settings")
        for button, key in (("Edit desk", "edit"), ("Rename desk", "rename"), ("Remove desk", "remove")):
            page.get_by_role("button", name=button).click()
            dialog = page.locator(f"#dialog-{key}")
            dialog.wait_for()
            box = dialog.bounding_box()
            assert abs(box["x"] + box["width"] / 2 - width / 2) <= 1
            assert abs(box["y"] + box["height"] / 2 - height / 2) <= 1
            assert box["height"] < 600 and box["x"] >= 0
            page.keyboard.press("Escape")
            dialog.wait_for(state="hidden")
