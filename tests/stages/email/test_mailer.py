"""Messages to a mail server that encrypts, refuses, greylists, hangs and is absent."""

import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.errors import ConfigError
from pipeline.messages import Alert
from stages.email.address import check_addresses, parse_server
from stages.email.mailer import Mailer
from stages.email.message import compose
from stages.media.trust import trust
from stages.web.access import certificate
from tests.stages.email.servers import MailBox, serving
from tests.support.ports import free_port

pytestmark = pytest.mark.slow

RAISED = Alert(id="1", name="sad-corner", camera="hall", when="share(sad) > 0.6 for 5m", raised_s=1_764_324_306.0)
BODIES = [msgspec.json.encode(RAISED)]


@pytest.fixture
def box() -> Iterator[MailBox]:
    """Return a mail server without encryption."""
    with serving(MailBox()) as one:
        yield one


def mailer(box: MailBox, *to: str, tls: ssl.SSLContext | None = None, **options: Any) -> Mailer:
    """Return what sends to a server."""
    server = parse_server(box.url, starttls=tls is not None)
    return Mailer(server, tls, "emobot@example.org", to or ("a@example.org",), options.get("timeout_s", 5.0))


def test_each_recipient_gets_a_message(box: MailBox) -> None:
    """In which the other recipients are not named."""
    answer = mailer(box, "a@example.org", "b@example.org").post(BODIES)

    assert answer.verdict == "accepted"
    assert box.subjects() == [(f"{to}@example.org", "Emobot: sad-corner raised, hall") for to in "ab"]
    assert [str(message["To"]) for _, message in box.messages] == ["a@example.org", "b@example.org"]


def test_a_greylisted_recipient_gets_it_later_and_the_others_once(box: MailBox) -> None:
    """With what came meanwhile."""
    box.answers = {"RCPT TO:<b@": ["451 come back later"]}
    one = mailer(box, "a@example.org", "b@example.org", "c@example.org")
    answer = one.post(BODIES)
    assert (answer.verdict, answer.why) == ("later", "it answers 451 come back later for b@example.org")
    cleared = msgspec.structs.replace(RAISED, cleared_s=RAISED.raised_s + 90, reason="condition")
    assert one.post([*BODIES, msgspec.json.encode(cleared)]).verdict == "accepted"

    first, both, last = (
        f"Emobot: {text}" for text in ("sad-corner raised, hall", "2 changes of alerts", "sad-corner cleared, hall")
    )
    assert box.subjects() == [
        ("a@example.org", first),
        ("c@example.org", first),
        ("a@example.org", last),
        ("b@example.org", both),
        ("c@example.org", last),
    ]


@pytest.mark.parametrize(
    ("command", "answer", "verdict", "why"),
    [
        ("RCPT", "550 unknown", "refused", "it answers 550 unknown for a@example.org"),
        ("MAIL", "553 no such sender", "refused", "it answers 553 no such sender for a@example.org"),
        ("DATA", "452 full", "later", "it answers 452 full for a@example.org"),
        ("EHLO", "421 busy", "later", "it answers 421 busy"),
        ("MAIL", "421 \x1b[31mred", "later", r"it answers 421 \\x1b[31mred"),
    ],
)
def test_answers_are_judged(box: MailBox, command: str, answer: str, verdict: str, why: str) -> None:
    """5xx about a message drops it; everything else is tried again."""
    box.answers = {command: [answer], "HELO": [answer]}
    answered = mailer(box).post(BODIES)

    assert answered.verdict == verdict
    assert answered.why.startswith(why.replace("\\\\", "\\")), answered.why
    assert box.messages == []


def test_it_encrypts_and_logs_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By STARTTLS, with a trusted certificate only; a server without it gets neither login nor message."""
    path = tmp_path / "server.pem"
    path.write_bytes(certificate.make_pem(frozenset(("localhost",))))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    monkeypatch.setenv("MAIL", "me:s3cret")

    def post(box: MailBox, ca: str) -> Any:
        server = parse_server(f"smtp://localhost:{box.port}", "MAIL")
        return Mailer(server, trust(ca, verify_tls=True), "e@example.org", ("a@example.org",), 5.0).post(BODIES)

    with serving(MailBox(context=context, login="me:s3cret")) as box:
        assert post(box, str(path)).verdict == "accepted"
        assert len(box.messages) == 1
        assert "CERTIFICATE_VERIFY_FAILED" in post(box, "").why
        box.login = "me:another"
        refused = post(box, str(path))
        assert (refused.verdict, refused.kind, refused.retry_after_s) == ("later", "login", 600.0)
    with serving(MailBox(login="me:s3cret")) as plain:
        answer = post(plain, str(path))
        assert (answer.verdict, "STARTTLS" in answer.why) == ("later", True)
        assert not any(line.startswith(("AUTH", "MAIL")) for line in plain.said)


def test_a_server_that_hangs_or_is_absent_costs_the_timeout(box: MailBox) -> None:
    """Nothing is raised."""
    box.silent = True
    began_s = time.monotonic()
    assert mailer(box, timeout_s=0.1).post(BODIES).verdict == "later"
    assert mailer(MailBox(port=free_port())).post(BODIES).why.endswith("Connection refused")
    assert time.monotonic() - began_s < 30


def test_a_message_says_what_when_and_where() -> None:
    """And has no picture."""
    values = {"share(sad)": 0.72}
    alert = msgspec.structs.replace(RAISED, text="Look\r\nBcc: x@example.org", values=values)
    cleared = msgspec.structs.replace(RAISED, cleared_s=RAISED.raised_s + 3700, reason="missing")
    one, two = (compose(alerts, "e@example.org", "a@example.org") for alerts in ([alert], [alert, cleared]))

    assert one["Subject"] == "Emobot: sad-corner raised, hall"
    assert one["Bcc"] is None
    assert one.get_content_type() == "text/plain"
    lines = one.get_content().splitlines()
    assert lines[0].endswith("hall: sad-corner raised")
    assert lines[1:] == [r"Look\r\nBcc: x@example.org", "Condition: share(sad) > 0.6 for 5m", "share(sad): 0.72"]
    assert "hall: sad-corner cleared after 1 h 1 min\nthere is no data any more\n" in two.get_content()
    assert one["Message-ID"] == compose([alert], "e@example.org", "a@example.org")["Message-ID"] != two["Message-ID"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://a",
        "smtp://",
        "smtp://a/b",
        "smtp://a:0",
        "smtp://a:x",
        "smtp://u:s3cret@a",
        "u:s3cret@a",
        "smtp://a..b",
    ],
)
def test_malformed_servers_are_refused(url: str) -> None:
    """In one line, which shows no login."""
    with pytest.raises(ConfigError, match="server: expected") as refused:
        parse_server(url)
    assert "s3cret" not in str(refused.value)


def test_a_login_is_never_sent_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the config says."""
    monkeypatch.setenv("MAIL", "me:s3cret")
    with pytest.raises(ConfigError, match="expected no login with starttls = false"):
        parse_server("smtp://a", "MAIL", starttls=False)
    assert "s3cret" not in repr(parse_server("smtps://a", "MAIL", starttls=False))


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "a@b c", "a@b\nBcc: c@d", "a@b, c@d", "<a@b>", "ä@b", "a@b@c", '"a"@b', "a@b,c"]
)
def test_malformed_addresses_are_refused(address: str) -> None:
    """They could add headers or recipients."""
    with pytest.raises(ConfigError, match="to: expected an address such as me@example.org, found"):
        check_addresses("to", (address,))
    check_addresses("to", ("a.b+c@example.org", "root@localhost"))
    with pytest.raises(ConfigError, match="to: expected at least one address"):
        check_addresses("to", ())
