"""The output: what it sends, once, whatever restarts."""

import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.messages import Alert, Frame
from stages.alerts.stage import Alerts
from stages.email.sink import Email
from stages.web.access import certificate
from tests.stages.email.servers import MailBox, serving
from tests.support.frames import make_face, make_frame
from tests.support.ports import free_port
from tests.support.waiting import until

RAISED = Alert(id="1", name="crowd", camera="hall", when="count > 1", raised_s=1_764_324_306.0, personal=True)
CLEARED = replace(RAISED, cleared_s=RAISED.raised_s + 5, reason="condition")
AWAY = Alert(id="2", name="away", camera="yard", when="offline > 30s", raised_s=1_764_324_306.0)


@pytest.fixture
def box() -> Iterator[MailBox]:
    """Return a mail server."""
    with serving(MailBox()) as one:
        yield one


def make(port: int, tmp_path: Path, **options: Any) -> Email:
    """Return an output with a queue in the folder."""
    values = {"sender": "e@example.org", "to": ("a@example.org",), "starttls": False, "max_wait_s": 0.0}
    values |= {"server": f"smtp://127.0.0.1:{port}", "queue": str(tmp_path / "mail.sqlite")}
    return Email(**{**values, **options})


def see(stage: Email, *alerts: Alert) -> None:
    """Let the output see a frame with alerts."""
    assert list(stage.process([make_frame(alerts=alerts)])) == []


def test_a_change_is_sent_once(box: MailBox, tmp_path: Path) -> None:
    """Also if the output restarts while the alert is raised."""
    for _ in range(2):
        stage = make(box.port, tmp_path)
        see(stage, RAISED)
        see(stage, RAISED)
        until(lambda stage=stage: not stage.queue.waiting)  # type: ignore[misc]
        stage.close()
    stage = make(box.port, tmp_path)
    see(stage, CLEARED)
    until(lambda: len(box.messages) == 2)
    stage.close()

    assert [subject for _, subject in box.subjects()] == ["Emobot: crowd raised, hall", "Emobot: crowd cleared, hall"]


def test_alerts_of_a_removed_camera_are_cleared(box: MailBox, tmp_path: Path) -> None:
    """Once, without a frame: perhaps no other camera runs."""
    stage = make(box.port, tmp_path)
    see(stage, RAISED)
    until(lambda: not stage.queue.waiting)
    stage.keep({"hall"})
    stage.keep({"yard"})
    stage.keep({"yard"})
    see(stage, replace(CLEARED, reason="removed"))
    until(lambda: not stage.queue.waiting)
    stage.close()

    assert [subject for _, subject in box.subjects()] == ["Emobot: crowd raised, hall", "Emobot: crowd cleared, hall"]


def test_a_server_that_is_away_holds_up_nothing(tmp_path: Path) -> None:
    """Frames pass; what waits is sent by the next run."""
    port = free_port()
    stage = make(port, tmp_path)
    see(stage, RAISED)
    until(lambda: stage.sender.failures)
    see(stage, RAISED, AWAY)
    stage.close()
    assert stage.counts["sent"] == 0

    with serving(MailBox()) as box:
        again = make(box.port, tmp_path)
        until(lambda: not again.queue.waiting)
        again.close()
        assert [subject for _, subject in box.subjects()] == ["Emobot: 2 changes of alerts"]


def test_a_server_that_hangs_holds_up_nothing(box: MailBox, tmp_path: Path) -> None:
    """The thread that sends waits, not the one that processes."""
    box.silent = True
    stage = make(box.port, tmp_path, timeout_s=20.0)
    began_s = time.monotonic()
    see(stage, RAISED)
    see(stage, CLEARED)

    assert time.monotonic() - began_s < 5
    assert stage.queue.waiting == 2
    box.released.set()
    stage.close()


def test_chosen_alerts_are_sent(box: MailBox, tmp_path: Path) -> None:
    """By name; and with or without their end."""
    stage = make(box.port, tmp_path, alerts=("crowd",), cleared=False)
    see(stage, RAISED, AWAY)
    see(stage, CLEARED, AWAY)
    until(lambda: box.messages)
    stage.close()

    assert [subject for _, subject in box.subjects()] == ["Emobot: crowd raised, hall"]


def test_aggregate_only_sends_nothing_about_single_people(box: MailBox, tmp_path: Path) -> None:
    """Nor what an earlier run has queued."""
    earlier = make(free_port(), tmp_path)
    see(earlier, RAISED)
    earlier.close()

    stage = make(box.port, tmp_path, aggregate_only=True)
    see(stage, RAISED, AWAY)
    until(lambda: not stage.queue.waiting)
    stage.close()
    assert [subject for _, subject in box.subjects()] == ["Emobot: away raised, yard"]


def test_from_a_face_to_a_mailbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Encrypted, from frames with people; a run that restarts meanwhile doubles nothing."""
    path = tmp_path / "server.pem"
    path.write_bytes(certificate.make_pem(frozenset(("localhost",))))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    monkeypatch.setenv("MAIL", "me:s3cret")
    rules = {"crowd": {"when": "count > 1 for 10s", "text": "Open the second till", "cooldown_s": 0.0}}

    def run(box: MailBox, seconds: range, people: int) -> None:
        alerts = Alerts(state=str(tmp_path / "a.json"), rules=rules, zones={"hall": []}, cameras=("hall",))
        mail = make(
            0, tmp_path, server=f"smtp://localhost:{box.port}", starttls=True, ca=str(path), credentials_env="MAIL"
        )
        for second in seconds:
            alerts.now = lambda second=second: 1e9 + second  # type: ignore[misc]
            list(mail.process(list(alerts.process([frame(second, people)]))))
        until(lambda: not mail.queue.waiting)
        alerts.close()
        mail.close()

    with serving(MailBox(context=context, login="me:s3cret")) as box:
        run(box, range(30), 2)
        run(box, range(32, 60), 2)
        run(box, range(62, 80), 0)

    raised, cleared = (message.get_payload() for _, message in box.messages)
    assert "crowd raised\r\nOpen the second till\r\nCondition: count > 1 for 10s\r\ncount: 2" in raised.replace(
        "\n", "\r\n"
    ).replace("\r\r", "\r")
    assert "crowd cleared after" in cleared


def frame(second: int, people: int) -> Frame:
    """Return a frame with people."""
    faces = [make_face(track) for track in range(1, people + 1)]
    return make_frame(10 * second, faces, captured_ns=int((1e9 + second) * 1e9))
