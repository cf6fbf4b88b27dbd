"""Sends messages to a mail server; nothing that the server does raises, or lasts for ever."""

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence

import msgspec

from pipeline.foreign import one_line
from pipeline.messages import Alert
from stages.delivery.answer import Answer, Verdict
from stages.email.address import MailServer
from stages.email.message import compose

MOST_LASTING = 3
"""Multiple of the timeout after which a whole conversation is cut off: a server may send one byte at a time."""
LOGIN_PAUSE_S = 600.0
"""Seconds before the next attempt after the server refused the login: more would lock the account."""


class Mailer:
    """Sends each recipient a message of their own.

    Args:
        server: The mail server.
        tls: Trusted certificates; None: no encryption.
        sender: Address of the sender.
        recipients: Addresses of the recipients.
        timeout_s: Seconds to wait for each answer.
    """

    def __init__(
        self,
        server: MailServer,
        tls: ssl.SSLContext | None,
        sender: str,
        recipients: Sequence[str],
        timeout_s: float,
    ) -> None:
        self._server, self._tls = server, tls
        self._sender, self._recipients = sender, recipients
        self._timeout_s = timeout_s
        self._delivered: dict[str, set[bytes]] = {recipient: set() for recipient in recipients}
        """What each recipient already has of events that another one has not."""

    def post(self, bodies: Sequence[bytes]) -> Answer:
        """Send events, alerts in JSON; an answer of `later` means that somebody has not got all of them."""
        answers = []
        try:
            with self._connected() as smtp:
                for recipient in self._recipients:
                    answers.append(self._send(smtp, recipient, bodies))
        except smtplib.SMTPAuthenticationError as error:
            return Answer(kind="login", why=f"it refuses the login: {_text(error)}", retry_after_s=LOGIN_PAUSE_S)
        except smtplib.SMTPResponseException as error:
            return Answer(kind=str(error.smtp_code), why=f"it answers {error.smtp_code} {_text(error)}")
        except Exception as error:  # a border: whatever the network and the server do
            return Answer(kind=type(error).__name__, why=one_line(str(error) or type(error).__name__))
        worst = next((answer for answer in answers if answer.verdict == "later"), None)
        if worst is None:
            for bodies_of in self._delivered.values():
                bodies_of.difference_update(bodies)
            accepted = any(answer.verdict == "accepted" for answer in answers)
            worst = Answer(decided="accepted") if accepted else answers[0]
        return worst

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        # the name is looked up by nobody: a slow name server would delay every message
        here = socket.gethostname()
        server = self._server
        smtp: smtplib.SMTP
        if server.tls:
            smtp = smtplib.SMTP_SSL(server.host, server.port, here, timeout=self._timeout_s, context=self._tls)
        else:
            smtp = smtplib.SMTP(server.host, server.port, here, timeout=self._timeout_s)
        cut = threading.Timer(MOST_LASTING * self._timeout_s, _cut, (smtp,))
        cut.daemon = True
        cut.start()
        try:
            if self._tls and not server.tls:
                smtp.starttls(context=self._tls)
            if server.user:
                smtp.login(server.user, server.password)
            yield smtp
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtp.quit()
        finally:
            cut.cancel()
            smtp.close()

    def _send(self, smtp: smtplib.SMTP, recipient: str, bodies: Sequence[bytes]) -> Answer:
        missing = [body for body in bodies if body not in self._delivered[recipient]]
        if not missing:
            return Answer(decided="accepted")
        message = compose([msgspec.json.decode(body, type=Alert) for body in missing], self._sender, recipient)
        try:
            smtp.send_message(message, self._sender, [recipient])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = error.recipients[recipient]
            return _judge(code, _decoded(text), recipient)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPResponseException as error:
            return _judge(error.smtp_code, _text(error), recipient)
        self._delivered[recipient].update(missing)
        return Answer(decided="accepted")


def _judge(code: int, text: str, recipient: str) -> Answer:
    """Return what an answer about one recipient means: 4xx, as of greylisting, is temporary."""
    decided: Verdict = "refused" if 500 <= code < 600 else "later"
    return Answer(status=code, kind=str(code), why=f"it answers {code} {text} for {recipient}", decided=decided)


def _text(error: smtplib.SMTPResponseException) -> str:
    return _decoded(error.smtp_error)


def _decoded(text: bytes | str) -> str:
    return one_line(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)


def _cut(smtp: smtplib.SMTP) -> None:
    if smtp.sock is not None:
        with contextlib.suppress(OSError):
            smtp.sock.shutdown(socket.SHUT_RDWR)
