"""The list of alerts, and notifications of the browser: none without a click and permission."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.ports import free_port
from tests.support.program import EMOBOT
from tests.support.waiting import until
from tests.web.asking import violations

CONFIG = """
[camera.hall]
source = "demo"
width = 320
height = 240
fps = 10

[output.page]
kind = "web"
port = {port}
control = true

[alerts]
state = "{folder}/alerts.json"

[alert.some]
when = "count > 0 for 8s"
text = "Somebody is there <b>now</b>"

[metrics]
listen = ""
"""
RECORD = """
window.shown = [];
const Real = window.Notification;
window.Notification = class {
  static permission = "default";
  static async requestPermission() { return (Notification.permission = window.answer ?? "granted"); }
  constructor(title, options) { window.shown.push(`${title}: ${options.body}`); }
};
"""


def test_alerts_are_listed_and_notified(tmp_path: Path, start: Callable[..., Any], visit: Callable[..., Any]) -> None:
    """In the page's words; one reader wants notifications, one is refused, one did not ask."""
    port = free_port()
    (tmp_path / "config.toml").write_text(CONFIG.format(port=port, folder=tmp_path))
    run = start([*EMOBOT, "run", tmp_path / "config.toml"], port)
    pages = {name: visit().page for name in ("wants", "refused", "silent")}
    for page in pages.values():
        page.add_init_script(RECORD)
        page.goto(run.url)
        page.locator("#notify").wait_for()
    pages["refused"].evaluate("window.answer = 'denied'")
    for name in ("wants", "refused"):
        pages[name].locator("#notify").click()
    pages["wants"].get_by_role("button", name="Stop notifications").wait_for()
    until(lambda: "does not allow" in pages["refused"].locator("#notify-error").inner_text())

    for page in pages.values():
        page.locator("#alerts li").wait_for()
    assert violations(pages["silent"]) == []
    text = pages["silent"].locator("#alerts li").inner_text()
    assert "some" in text and "hall: Somebody is there <b>now</b>" in text and "since" in text
    until(lambda: pages["wants"].evaluate("shown"))
    assert pages["wants"].evaluate("shown") == ["some: hall: Somebody is there <b>now</b>"]
    assert pages["refused"].evaluate("shown") == pages["silent"].evaluate("shown") == []

    # loaded again, as after an interruption: what was raised meanwhile is notified, what was shown before is not
    page = pages["wants"]
    page.add_init_script("Notification.permission = 'granted'")
    for known, shown in ((None, 0), ("[]", 1)):
        if known:
            page.evaluate("known => sessionStorage.setItem('emobot_alerts', known)", known)
        page.reload()
        page.get_by_role("button", name="Stop notifications").wait_for()
        page.locator("#alerts li").wait_for()
        until(lambda shown=shown: len(page.evaluate("shown")) == shown, page.content)  # type: ignore[misc]
