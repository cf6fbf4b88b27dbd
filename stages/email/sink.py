"""Sends alerts by e-mail."""

import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pipeline.alerts.changes import AlertChanges
from pipeline.messages import Alert, Frame
from stages.delivery.queue import Queue
from stages.delivery.sender import Sender
from stages.delivery.sending import Sending
from stages.email.address import check_addresses, parse_server
from stages.email.mailer import Mailer
from stages.media.trust import TlsClient, trust

BATCH = 50
"""Maximum number of changes in one message."""
TYPE, PERSONAL = "alert", "personal alert"
"""Types of events in the queue; an output with `aggregate_only` deletes the second."""

log = logging.getLogger(__name__)


class Email(TlsClient):
    """Sends a message when an alert is raised and when it is cleared, see `docs/alerts.md`. Never sends a picture.

    Args:
        server: The mail server, `smtp://HOST[:587]` with STARTTLS, or `smtps://HOST[:465]` with TLS from the start.
        sender: Address of the sender.
        to: Addresses of the recipients; each gets a message of their own.
        credentials_env: Environment variable with the server's `user:password`.
        alerts: Names of the alerts to send; none: all.
        cleared: Also send when an alert is cleared.
        max_wait_s: Seconds that a change waits for others, which then share its message.
        queue: SQLite file of what was not yet accepted, and of what was already sent.
        queue_events: Maximum changes in it; the oldest are lost beyond it.
        timeout_s: Seconds to wait for an answer of the server.
        aggregate_only: Send no alerts about people, unless `[privacy]` has the same key.
        starttls: Refuse an `smtp://` server that does not encrypt. With `false` nothing is encrypted.

    Raises:
        ConfigError: An address is malformed, the environment has no credentials, or the queue cannot be used.
        InputError: `ca` holds no certificates.
    """

    alone = (("queue",),)

    def __init__(
        self,
        *,
        server: str,
        sender: str,
        to: tuple[str, ...],
        credentials_env: str = "",
        alerts: tuple[str, ...] = (),
        cleared: bool = True,
        max_wait_s: Annotated[float, Meta(ge=0, le=3600)] = 10.0,
        queue: str = "out/email.sqlite",
        queue_events: Annotated[int, Meta(ge=1, le=1_000_000)] = 1000,
        timeout_s: Annotated[float, Meta(gt=0, le=120)] = 20.0,
        aggregate_only: bool = False,
        starttls: bool = True,
        ca: str = "",
        verify_tls: bool = True,
    ) -> None:
        address = parse_server(server, credentials_env, starttls=starttls)
        tls = trust(ca, verify_tls=verify_tls) if address.tls or starttls else None
        self._changes = AlertChanges(personal=not aggregate_only)
        self._alerts, self._cleared = alerts, cleared
        self._path = Path(queue)
        self.queue = Queue(self._path, queue_events, (TYPE,) if aggregate_only else (TYPE, PERSONAL))
        """What was not yet accepted."""
        self._known = set(self.queue.notes())
        self._unwritten: list[tuple[str, bytes]] = []
        self._notes: dict[str, bytes] = {}
        self._failed = self._full = False
        self.counts: Counter[str] = Counter(events=0, sent=0, lost=0, refused=0)
        mailer = Mailer(address, tls, sender, to, timeout_s)
        self.sender = Sender(self.queue, mailer.post, address.name, batch=BATCH, max_wait_s=max_wait_s)
        """Sends them."""
        self._sending = Sending(self.queue, self.sender, "email")

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse options that cannot work.

        Raises:
            ConfigError: An address is malformed, or the environment has no credentials.
            InputError: `ca` holds no certificates.
        """
        parse_server(options["server"], options.get("credentials_env", ""), starttls=options.get("starttls", True))
        check_addresses("sender", (options["sender"],))
        check_addresses("to", options["to"])
        if ca := options.get("ca"):
            trust(ca, verify_tls=True)

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Put what has changed into the queue.

        Raises:
            RuntimeError: The thread that sends has failed.
        """
        if not self._sending.alive:
            raise RuntimeError("the thread that sends e-mail has ended")
        for frame in frames:
            self._take(self._changes.read(frame))
        self.counts["sent"], self.counts["refused"] = self.sender.sent, self.sender.refused
        yield from ()

    def keep(self, cameras: Set[str]) -> None:
        """Send that the alerts of the other cameras are cleared."""
        self._take(self._changes.keep(cameras, time.time()))

    def close(self) -> None:
        """Send for a little longer; what then waits remains in the queue for the next run."""
        if self._unwritten:
            self._write()
        if left := self._sending.end():
            log.warning("%d changes of alerts wait in %s for the next run", left, self._path)

    def _take(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            self._note(alert)
        if self._unwritten:
            self._write()
            self._sending.wake()

    def _note(self, alert: Alert) -> None:
        """Queue a change, unless an earlier process has."""
        name = f"{alert.id} {'cleared' if alert.cleared_s else 'raised'}"
        chosen = (not self._alerts or alert.name in self._alerts) and (self._cleared or not alert.cleared_s)
        if chosen and name not in self._known:
            self._known.add(name)
            self._notes[name] = b""
            self._unwritten.append((PERSONAL if alert.personal else TYPE, msgspec.json.encode(alert)))
            self.counts["events"] += 1

    def _write(self) -> None:
        try:
            lost = self.queue.put(self._unwritten, self._notes)
        except sqlite3.OperationalError as error:
            if not self._failed:
                log.error("the queue %s cannot be written; trying again until it can: %s", self._path, error)
            self._failed = True
            return
        self._unwritten, self._notes, self._failed = [], {}, False
        if lost and not self._full:
            log.error("the queue %s is full; the oldest changes of alerts are lost and counted", self._path)
        self._full = lost > 0
        self.counts["lost"] += lost
