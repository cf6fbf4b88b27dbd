"""Publishes events into a stream of a NATS server, where the events of all boxes meet."""

import logging
import re
import secrets
import socket
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from pipeline.events import AnyEvent, topic_of
from pipeline.messages import Frame
from pipeline.transport.nats.server import HERE, parse_server
from stages.event_stream import EventOutput, EventStream
from stages.nats.queue import Message
from stages.nats.sender import Sender, StreamTerms
from stages.zones.totals import LEAST_PEOPLE, MinPeople

NAME = "^[A-Za-z0-9_-]{1,40}$"
"""Regular expression of the names of boxes and streams: one token of a subject."""
SUBJECTS = ("aggregate.*.*", "alert.*.*.*", "camera.*.*", "emotion.*.*.*", "line.*.*.*", "zone.*.*.*")
"""Subjects of the stream, which boxes with and without `aggregate_only` may share."""

log = logging.getLogger(__name__)


class Nats(EventOutput):
    """Publishes events into a JetStream stream of a NATS server, see `docs/nats.md`.

    Args:
        server: Address of the server: `nats://HOST[:PORT]`, or `tls://` for TLS; several of a cluster with commas.
        box: Name of this machine in the subjects; empty: that in [fleet], else the host name.
        stream: Name of the stream; it is made if there is none.
        format: Encoding of the events.
        keep_h: Hours for which a new stream keeps events; 0: for ever.
        credentials_env: Environment variable with `user:password` or a token.
        creds: Credentials file (`.creds`) of a user with a key.
        ca: PEM file with the certificate of the authority that signed the server's; empty: the authorities this
            machine trusts.
        verify_tls: Refuse a server whose certificate no trusted authority signed. With `false` a third party on the
            network can impersonate the server.

    Raises:
        ConfigError: The address is malformed, or the environment has no credentials.
        InputError: `ca` or `creds` is not a file of its kind.
        MissingPart: nats-py is not installed.
    """

    def __init__(
        self,
        *,
        server: str = HERE,
        box: Annotated[str, Meta(pattern=f"{NAME}|^$", examples=["shop-12"])] = "",
        stream: Annotated[str, Meta(pattern=NAME, examples=["EMOBOT"])] = "EMOBOT",
        format: Literal["json", "msgpack"] = "json",
        keep_h: Annotated[float, Meta(ge=0, le=87_600)] = 168.0,
        credentials_env: str = "",
        creds: str = "",
        observations_hz: Annotated[float, Meta(ge=0)] = 1.0,
        aggregate_only: bool = False,
        aggregate_s: Annotated[float, Meta(ge=1, le=86_400)] = 10.0,
        min_people: MinPeople = LEAST_PEOPLE,
        ca: str = "",
        verify_tls: bool = True,
    ) -> None:
        self.stream = EventStream(observations_hz, aggregate_s if aggregate_only else 0.0, min_people)
        """Turns frames into events."""
        self.counts: Counter[str] = Counter(events=0, lost=0, refused=0)
        self._box = box or host_name()
        self._encode = (msgspec.json if format == "json" else msgspec.msgpack).Encoder().encode
        # sequence numbers begin again with each process: its own part keeps the identities apart
        self._origin = f"{self._box}.{secrets.token_hex(6)}"
        terms = StreamTerms(name=stream, subjects=SUBJECTS, keep_s=keep_h * 3600)
        self.sender = Sender(parse_server(server, credentials_env, creds, ca, verify_tls=verify_tls), terms)
        """Sends the messages."""

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse options that cannot work.

        Raises:
            ConfigError: The address is malformed, or the environment has no credentials.
            InputError: `ca` or `creds` is not a file of its kind.
            MissingPart: nats-py is not installed.
        """
        names = ("credentials_env", "creds", "ca")
        parse_server(options.get("server", HERE), *(options.get(name, "") for name in names))

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Publish the events of the frames.

        Raises:
            RuntimeError: The thread that sends has failed.
        """
        if not self.sender.alive:
            raise RuntimeError("the thread that sends to NATS has ended")
        for frame in frames:
            self._publish(self.stream.read(frame))
        self.counts["refused"] = self.sender.refused
        yield from ()

    def keep(self, cameras: Set[str]) -> None:
        """Publish that the other cameras were removed."""
        self._publish(self.stream.keep(cameras))

    def close(self) -> None:
        """Send for at most two seconds more, and disconnect."""
        if lost := self.sender.close():
            log.warning("%d messages were not delivered to the NATS server", lost)

    def _publish(self, events: Iterable[AnyEvent]) -> None:
        for event in events:
            number = f"{self._origin}.{event.camera}.{event.seq}"
            message = Message(subject_of(event, self._box), number, self._encode(event))
            self.counts["events"] += 1
            self.counts["lost"] += not self.sender.send(message)


def subject_of(event: AnyEvent, box: str) -> str:
    """Return an event's subject: its topic with the box after the first word, such as `emotion.<box>.<camera>.<track>`.

    Args:
        event: The event.
        box: Name of this machine.
    """
    kind, _, rest = topic_of(event).partition(".")
    return f"{kind}.{box}.{rest}"


def host_name() -> str:
    """Return the host name as one token of a subject."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:40] or "box"
