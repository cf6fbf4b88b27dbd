"""A run with three cameras, a fourth for the browser's own, and its page, opened in a real browser."""

import contextlib
import shutil
import ssl
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.marks import mark_folder
from tests.support.ports import free_port
from tests.support.program import EMOBOT, Program
from tests.support.waiting import until

CHROMIUM = shutil.which("chromium")
CONFIG = """
[camera.desk]
source = "demo"
width = 640
height = 480
fps = 10.0
seed = 2

[camera.door]
source = "demo"
width = 640
height = 360
fps = 10.0
faces = 2
seed = 1

[camera.lobby]
source = "demo"
width = 640
height = 360
fps = 10.0
seed = 4

[camera.me]
source = "http://127.0.0.1:{web}/webcam.mjpg"
max_backoff_s = 1.0
stall_s = 2.0

[output.page]
kind = "web"
port = {web}
upload_mb = 1
config = "{folder}/uploads.toml"
thumbnails = true
webcam = "me"

[output.events]
kind = "events"
address = "tcp://127.0.0.1:{events}"

[output.past]
kind = "history"
path = "{folder}/past.sqlite"

[output.video]
kind = "file"
path = "{folder}/{{camera}}.mp4"

[metrics]
listen = ""
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder; skip them where there is no browser."""
    reason = "" if CHROMIUM else "Chromium is not installed: apt-get install chromium"
    try:
        import playwright  # noqa: F401
    except ImportError:
        reason = "Playwright is not installed"
    mark_folder(items, Path(__file__).parent, pytest.mark.process)
    if reason:
        mark_folder(items, Path(__file__).parent, pytest.mark.skip(reason=reason))


class Site(Program):
    """A process of ours with its page.

    Args:
        command: What it runs, after the interpreter.
        log: Takes its output.
        port: Where its page is.
        events: Where its events are.
        cache: Where its files are kept, with the certificate that its page has made; by default there is none.
    """

    def __init__(
        self, command: Sequence[str | Path], log: Path, port: int, events: int = 0, cache: Path | None = None
    ) -> None:
        self.url = f"{'https' if cache else 'http'}://127.0.0.1:{port}"
        self._certificate = cache / "web" / "self-signed.pem" if cache else None
        self.events = f"tcp://127.0.0.1:{events}"
        self._folder = log.parent
        super().__init__(command, log, environment={"EMOBOT_CACHE": str(cache)} if cache else None)

    def config(self) -> str:
        """Return its config file."""
        return (self._folder / "config.toml").read_text()

    def folder(self) -> Path:
        """Return where it writes."""
        return self._folder

    def stage(self, name: str) -> int:
        """Return the process of a stage."""
        stages = self.stages()
        assert name in stages, self.log()
        return stages[name]

    def answers(self) -> bool:
        """Return whether its page is there."""
        with contextlib.suppress(OSError):
            tls = ssl.create_default_context(cafile=str(self._certificate)) if self._certificate else None
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5, context=tls):
                return True
        return False


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a run whose three cameras are live."""
    folder = tmp_path_factory.mktemp("run")
    web, events = free_port(), free_port()
    (folder / "uploads.toml").write_text("[landmarks]\n")
    (folder / "config.toml").write_text(CONFIG.format(web=web, events=events, folder=folder))
    program = Site([*EMOBOT, "run", folder / "config.toml"], folder / "log.txt", web, events)
    until(lambda: program.log().count("is live") == 3 and program.answers(), program.log)
    yield program
    program.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Return what starts a program and waits for its page; it is ended after the test."""
    programs: list[Site] = []

    def begin(command: Sequence[str | Path], port: int, **options: Any) -> Site:
        programs.append(Site(command, tmp_path / f"{port}.txt", port, **options))
        until(programs[-1].answers, programs[-1].log)
        return programs[-1]

    yield begin
    for program in programs:
        program.stop()


@pytest.fixture
def serve(start: Callable[..., Site]) -> Callable[..., Site]:
    """Return what starts a page alone, with other options."""

    def begin(*options: str) -> Site:
        port = free_port()
        return start([str(Path(__file__).with_name("page_alone.py")), str(port), *options], port)

    return begin


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Any]]:
    """Return what starts the distribution's browser with a camera that is none, and with more arguments."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]

        def begin(*more: str) -> Any:
            return playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *camera, *more])

        yield begin


@pytest.fixture(scope="session")
def chromium(launch: Callable[..., Any]) -> Iterator[Any]:
    """Return a browser."""
    browser = launch()
    yield browser
    browser.close()


class Visit:
    """One reader's browser window at a page of this host, and what it asked of whom."""

    def __init__(self, chromium: Any, host: str, **context: Any) -> None:
        self.host = host
        self.context = chromium.new_context(**({"locale": "en", "viewport": {"width": 1440, "height": 900}} | context))
        self.page = self.context.new_page()
        self.addresses: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.addresses.append(request.url))
        self.page.on("websocket", lambda opened: self.addresses.append(opened.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))


@pytest.fixture
def visit(chromium: Any) -> Iterator[Callable[..., Visit]]:
    """Return what opens a window; none of them may ask another server for anything, or fail in its scripts."""
    visits: list[Visit] = []

    def begin(host: str = "127.0.0.1", browser: Any = chromium, **context: Any) -> Visit:
        visits.append(Visit(browser, host, **context))
        return visits[-1]

    yield begin
    for one in visits:
        one.context.close()

        assert one.errors == []
        assert [a for a in one.addresses if urlsplit(a.removeprefix("blob:")).hostname != one.host] == []
