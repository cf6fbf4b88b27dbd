"""A phone on the same network sends its camera to a page with https; a page without shows why it cannot."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from models.cache import cache_dir
from stages.synthetic import Synthetic
from stages.web.access.listener import addresses
from tests.support.ports import free_port
from tests.support.program import EMOBOT

TOKEN = "0123456789abcdef"
SIZE = {"width": 380, "height": 780}
CONFIG = """
[camera.me]
source = "https://any:{token}@127.0.0.1:{port}/webcam.mjpg"
verify_tls = false
max_backoff_s = 1.0

[output.page]
kind = "web"
host = "0.0.0.0"
port = {port}
token = "{token}"
certificate = "self-signed"
webcam = "me"
uploads = false

[metrics]
listen = ""
"""


@pytest.fixture(scope="module")
def host() -> str:
    """Return where others find this machine."""
    found = [str(one) for one in addresses() if one.version == 4]
    if not found:
        pytest.skip("this machine has no address but loopback")
    return found[0]


@pytest.fixture
def open_run(start: Callable[..., Any], tmp_path: Path) -> Any:
    """Return a run whose page the whole network may open with a token."""
    cache = tmp_path / "cache"
    cache.mkdir()
    for kept in cache_dir().absolute().iterdir():
        if kept.name != "web":  # its certificate is the test's own
            (cache / kept.name).symlink_to(kept)
    config = tmp_path / "config.toml"
    port = free_port()
    config.write_text(CONFIG.format(token=TOKEN, port=port))
    return start([*EMOBOT, "run", config], port, cache=cache)


@pytest.fixture
def telephone(launch: Callable[..., Any], tmp_path: Path) -> Iterator[Any]:
    """Return a browser whose camera sees somebody."""
    film = tmp_path / "film.y4m"
    with film.open("wb") as file:
        file.write(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420\n")
        for frame in Synthetic(
            name="film", width=640, height=480, fps=10.0, size=0.6, seconds=2.0, realtime=False
        ).process():
            if frame.pixels is not None:
                file.write(b"FRAME\n" + frame.pixels.tobytes())
    browser = launch(f"--use-file-for-fake-video-capture={film}")
    yield browser
    browser.close()


def log_in(page: Any, address: str) -> None:
    """Open a page that asks for the token."""
    page.goto(address)
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Log in").click()


@pytest.mark.timeout(300)  # a run of its own has to start, beside the one of the other tests
def test_its_camera_comes_back_with_labels(
    open_run: Any, telephone: Any, visit: Callable[..., Any], host: str, tmp_path: Path
) -> None:
    """Who opens the page with http lands on https, logs in, and after one click is seen, found and classified."""
    at = f"{host}:{open_run.url.rpartition(':')[2]}"
    opened = visit(
        host, telephone, viewport=SIZE, is_mobile=True, has_touch=True, ignore_https_errors=True, permissions=["camera"]
    )
    page = opened.page
    page.set_default_timeout(90_000)
    log_in(page, f"http://{at}")
    page.locator(".tile", has_text="me").wait_for()
    page.get_by_role("link", name="My camera").click()
    page.get_by_role("button", name="Start my camera").click()
    page.locator(".state[data-state=live]").wait_for()
    page.wait_for_function("Number(document.querySelector('canvas').dataset.pictures ?? 0) > 5")
    page.wait_for_function("document.querySelectorAll('.person .value')[6]?.textContent.endsWith('%')")

    assert page.url == f"https://{at}/camera/me"
    assert page.evaluate("[document.querySelector('canvas').width, document.querySelector('canvas').height]") == [
        640,
        480,
    ]
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"]
    assert {address.partition("://")[0] for address in opened.addresses[1:]} <= {"https", "wss", "blob"}
    assert [cookie["name"] for cookie in opened.context.cookies() if not cookie["secure"]] == []
    page.screenshot(path=tmp_path / "phone.png", full_page=True)
    assert f"the page is at https://{host}:" in open_run.log()
    assert TOKEN not in open_run.log()


def test_without_https_it_is_told_why(serve: Callable[..., Any], visit: Callable[..., Any], host: str) -> None:
    """The page is there, and says what its browser wants before it gives its camera."""
    alone = serve("host=0.0.0.0", f"token={TOKEN}", "webcam=room")
    page = visit(host, viewport=SIZE, permissions=[]).page
    log_in(page, f"http://{host}:{alone.url.rpartition(':')[2]}/camera/room")
    page.get_by_role("button", name="Start my camera").click()
    page.get_by_role("alert").filter(has_text="only over https or on the same machine.").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"]
