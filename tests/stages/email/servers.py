"""A mail server that does what a test wants: refuses, hangs, greylists, encrypts."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


@dataclass
class MailBox:
    """What a server received, and how it behaves."""

    port: int = 0
    context: ssl.SSLContext | None = None
    """Certificates for STARTTLS; None: it does not offer it."""
    login: str = ""
    """`user:password` it accepts; "" for none."""
    messages: list[tuple[str, Message]] = field(default_factory=list)
    """Recipient and message."""
    said: list[str] = field(default_factory=list)
    """Commands, in order."""
    answers: dict[str, list[str]] = field(default_factory=dict)
    """Answers by the beginning of a command; each is given once."""
    silent: bool = False
    """Whether it accepts connections and sends nothing."""
    released: threading.Event = field(default_factory=threading.Event)
    """Set when what hangs may end."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"smtp://127.0.0.1:{self.port}"

    def subjects(self) -> list[tuple[str, str]]:
        """Return recipient and subject of each message."""
        return [(to, str(message["Subject"])) for to, message in self.messages]


class _Session(socketserver.StreamRequestHandler):
    box: MailBox

    def handle(self) -> None:
        """Answer until the client leaves."""
        if self.box.silent:
            self.box.released.wait(60)
            return
        self._say("220 here")
        recipients: list[str] = []
        while line := self.rfile.readline().decode().strip():
            self.box.said.append(line)
            word = line.upper()
            special = next((own for key, own in self.box.answers.items() if word.startswith(key.upper()) and own), None)
            if special:
                self._say(special.pop(0))
                continue
            if word.startswith("EHLO"):
                self._greet()
            elif word == "STARTTLS" and self.box.context:
                self._say("220 go")
                self.request = self.box.context.wrap_socket(self.connection, server_side=True)
                self.setup()
            elif word.startswith("AUTH PLAIN"):
                given = base64.b64decode(line.split()[2]).decode().replace("\0", ":").lstrip(":")
                self._say("235 welcome" if given == self.box.login else "535 wrong password")
            elif word.startswith("RCPT"):
                recipients.append(line.split("<")[1].split(">")[0])
                self._say("250 ok")
            elif word == "DATA":
                self._say("354 go on")
                lines = list(iter(lambda: self.rfile.readline().rstrip(b"\r\n"), b"."))
                message = message_from_bytes(b"\r\n".join(lines))
                self.box.messages += [(recipient, message) for recipient in recipients]
                recipients = []
                self._say("250 taken")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def finish(self) -> None:
        """Close the encrypted connection, which the server does not know of."""
        super().finish()
        if isinstance(self.request, ssl.SSLSocket):
            self.request.close()

    def _greet(self) -> None:
        encrypted = isinstance(self.connection, ssl.SSLSocket)
        extras = ["STARTTLS"] if self.box.context and not encrypted else []
        extras += ["AUTH PLAIN"] if self.box.login else []
        for extra in ["here", *extras]:
            self._say(f"250-{extra}")
        self._say("250 HELP")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def serving(box: MailBox) -> Iterator[MailBox]:
    """Run the server while the block runs."""
    handler = type("Bound", (_Session,), {"box": box})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign] # a client that was cut off
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield box
        finally:
            box.released.set()
            server.shutdown()
            thread.join()
