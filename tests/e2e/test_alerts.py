"""Alerts of a run, by e-mail: raised once, whatever is killed or changed."""

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from pipeline.cli.cli import app
from pipeline.history.read import read_history
from tests.stages.email.servers import MailBox, serving
from tests.support.waiting import until

CONFIG = """
[camera.hall]
source = "demo"
width = 320
height = 240
fps = 10

[output.past]
kind = "history"
path = "{folder}/h.sqlite"

[output.mail]
kind = "email"
server = "{url}"
starttls = false
sender = "emobot@example.org"
to = ["me@example.org"]
queue = "{folder}/mail.sqlite"
max_wait_s = 0

[alerts]
state = "{folder}/alerts.json"

[alert.old]
when = "count < 1000"

[alert.some]
when = "count > 0"

[metrics]
listen = ""
"""


KILLED = ("alerts", "output.mail")


def kinds(path: Path) -> list[str]:
    """Return the alerts that a history has, by name and type."""
    rows: list[Any] = list(read_history(path, "events")) if path.exists() else []
    return [f"{row.before} {row.type}" for row in rows if row.type.startswith("alert")]


def waiting(path: Path) -> int:
    """Return how many changes of alerts were not yet accepted."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as queue:
        return int(queue.execute("SELECT count(*) FROM events").fetchone()[0])


def test_an_alert_is_sent_once(tmp_path: Path, emobot: Callable[..., Any]) -> None:
    """Its processes are killed, and the config is read again without another alert, which is cleared."""
    path, config = tmp_path / "h.sqlite", tmp_path / "c.toml"
    with serving(MailBox()) as box:
        config.write_text(CONFIG.format(folder=tmp_path, url=box.url))
        program = emobot("run", config)
        until(lambda: len(kinds(path)) == 2, known=program.log)
        # not between the server's acceptance and its record
        until(lambda: box.messages and not waiting(tmp_path / "mail.sqlite"), known=program.log)
        before = program.stages()
        for name in KILLED:
            os.kill(before[name], signal.SIGKILL)
        until(
            lambda: all(program.stages().get(name, pid) != pid for name, pid in before.items() if name in KILLED),
            known=program.log,
        )
        config.write_text(config.read_text().replace('[alert.old]\nwhen = "count < 1000"\n', ""))
        program.process.send_signal(signal.SIGHUP)
        until(lambda: "old alert_cleared" in kinds(path), known=program.log)
        program.stop()
        texts = "".join(str(message.get_payload()) for _, message in box.messages)

    assert sorted(kinds(path)[:2]) == ["old alert_raised", "some alert_raised"]
    assert kinds(path)[2:] == ["old alert_cleared"]
    assert texts.count("some raised") == texts.count("old raised") == 1
    said = CliRunner().invoke(app, ["alert", "test", "--config", str(config)])
    assert said.exit_code == 0
    assert "  hall  some  raised: count = " in said.stdout
    assert said.stdout.endswith("some: raised once\n")
