"""Posts events to a URL."""

import contextlib
import logging
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from pipeline.errors import ConfigError
from pipeline.events import AnyEvent, CameraEvent, OccupancyEvent
from pipeline.messages import Frame
from stages.delivery.queue import Queue
from stages.delivery.sender import Sender
from stages.delivery.sending import Sending
from stages.event_stream import EventOutput, EventStream
from stages.media.trust import TlsClient, trust
from stages.webhook.address import parse_endpoint, refuse_link_local
from stages.webhook.cloud_event import BATCH, SINGLE, body_of, encode, type_of
from stages.webhook.receiver import Receiver
from stages.zones.totals import LEAST_PEOPLE, MinPeople

EventType = Literal[
    "observation",
    "appeared",
    "changed",
    "lost",
    "camera",
    "aggregate",
    "zone_entered",
    "zone_left",
    "line_crossed",
    "occupancy",
    "zone_aggregate",
    "line_aggregate",
    "alert_raised",
    "alert_cleared",
]
TOTALS = ("camera", "aggregate", "zone_aggregate", "line_aggregate", "alert_raised", "alert_cleared")
"""Types of events that concern no single person."""
NOTE_S = 5.0
"""Seconds between two notes of who is present without an event."""
PRESENCE, STATES = "presence", "states"
"""Names of the notes: who is present, and the states of cameras as last sent."""
MOST_IN_MEMORY = 10_000
"""Events kept in memory while the queue's disk is full; beyond that the oldest are lost."""

log = logging.getLogger(__name__)


class Webhook(EventOutput, TlsClient):
    """Posts events to a URL as CloudEvents, and keeps them on disk until they are accepted, see `docs/webhook.md`.

    Args:
        url: Where to post, `https://HOST/PATH` or `http://HOST/PATH`.
        secret_env: Environment variable with the key of the signature; empty: requests are not signed.
        events: Types of events to send.
        batch: Maximum events per request; 1: each request is one event instead of a list.
        max_wait_s: Seconds that an event waits for others to fill a request.
        queue: SQLite file of the events that were not yet accepted. Each webhook output needs its own.
        queue_events: Maximum events in it; the oldest are lost beyond it.
        timeout_s: Seconds after which a request is abandoned.
        source: Prefix of the attribute `source` of each event; the camera's name follows.
        allow_link_local: Allow link-local addresses (169.254.0.0/16, fe80::/10), where clouds serve credentials.

    Raises:
        ConfigError: The URL is malformed, the environment has no secret, or the queue cannot be used.
        InputError: `ca` holds no certificates.
    """

    alone = (("queue",),)

    def __init__(
        self,
        *,
        url: str,
        secret_env: str = "",
        events: tuple[EventType, ...] = (
            "appeared",
            "changed",
            "lost",
            "camera",
            "aggregate",
            "zone_entered",
            "zone_left",
            "line_crossed",
            "zone_aggregate",
            "line_aggregate",
            "alert_raised",
            "alert_cleared",
        ),
        batch: Annotated[int, Meta(ge=1, le=1000)] = 100,
        max_wait_s: Annotated[float, Meta(ge=0, le=3600)] = 1.0,
        queue: str = "out/webhook.sqlite",
        queue_events: Annotated[int, Meta(ge=1, le=10_000_000)] = 100_000,
        timeout_s: Annotated[float, Meta(gt=0, le=60)] = 10.0,
        source: Annotated[str, Meta(pattern="^[A-Za-z0-9_./:-]+$", examples=["house/emobot"])] = "emobot",
        observations_hz: Annotated[float, Meta(ge=0)] = 1.0,
        aggregate_only: bool = False,
        aggregate_s: Annotated[float, Meta(ge=1, le=86_400)] = 10.0,
        min_people: MinPeople = LEAST_PEOPLE,
        ca: str = "",
        verify_tls: bool = True,
        allow_link_local: bool = False,
    ) -> None:
        self.stream = EventStream(observations_hz, aggregate_s if aggregate_only else 0.0, min_people)
        """Turns frames into events."""
        self.counts: Counter[str] = Counter(events=0, sent=0, lost=0, refused=0)
        endpoint = parse_endpoint(url)
        receiver = Receiver(
            endpoint=endpoint,
            content_type=BATCH if batch > 1 else SINGLE,
            tls=trust(ca, verify_tls=verify_tls) if endpoint.scheme == "https" else None,
            secret=read_secret(secret_env) if secret_env else b"",
            timeout_s=timeout_s,
            allow_link_local=allow_link_local,
        )
        self._types = {one for one in events if not aggregate_only or one in TOTALS}
        if not self._types:
            log.warning("this output sends nothing: aggregate_only leaves no type of events")
        self._source = source
        self._states: dict[str, str] = {}
        """State of each camera, and occupancy of each of its zones, as last sent, in JSON."""
        self._path = Path(queue)
        self.queue = Queue(self._path, queue_events, self._types)
        """The events that were not yet accepted."""
        notes = self.queue.notes()
        self.stream.resume(notes.get(PRESENCE, b"{}") if not aggregate_only else b"{}")
        with contextlib.suppress(msgspec.MsgspecError):
            self._states = msgspec.json.decode(notes.get(STATES, b"{}"), type=dict[str, str])
        self._noted = 0.0
        if self.queue.deleted:
            log.warning("%d waiting events of types no longer sent were deleted", self.queue.deleted)
        self._unwritten: list[tuple[str, bytes]] = []
        self._logged: set[str] = set()
        self.sender = Sender(
            self.queue,
            lambda bodies: receiver.post(body_of(bodies, batched=batch > 1)),
            f"the webhook {endpoint.origin}",
            batch=batch,
            max_wait_s=max_wait_s,
        )
        """Sends them."""
        self._sending = Sending(self.queue, self.sender, "webhook")

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse options that cannot work.

        Raises:
            ConfigError: The URL is malformed or link-local, no type is chosen, or the environment has no secret.
            InputError: `ca` holds no certificates.
        """
        endpoint = parse_endpoint(options["url"])
        if not options.get("allow_link_local"):
            refuse_link_local(endpoint)
        if options.get("events") == ():
            raise ConfigError("events: expected at least one type of events, found none")
        if variable := options.get("secret_env"):
            read_secret(variable)
        if ca := options.get("ca"):
            trust(ca, verify_tls=True)

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Put the events of the frames into the queue.

        Raises:
            RuntimeError: The thread that sends has failed.
        """
        if not self._sending.alive:
            raise RuntimeError("the thread that sends webhooks has ended")
        for frame in frames:
            self._take(self.stream.read(frame))
        if self._unwritten:
            self._write()
            self._sending.wake()
        elif not 0 <= time.monotonic() - self._noted < NOTE_S:
            self._write()
        self.counts["sent"], self.counts["refused"] = self.sender.sent, self.sender.refused
        yield from ()

    def keep(self, cameras: Set[str]) -> None:
        """Send that the other cameras were removed."""
        self._take(self.stream.keep(cameras))
        self._states = {what: state for what, state in self._states.items() if what.partition(".")[0] in cameras}
        if self._unwritten:
            self._write()
            self._sending.wake()

    def close(self) -> None:
        """Send for a little longer; what then waits remains in the queue for the next run."""
        if not self._sending.ending:
            self._write()
        if left := self._sending.end():
            log.warning("%d events wait in %s for the next run", left, self._path)

    def _take(self, events: Iterable[AnyEvent]) -> None:
        for event in events:
            if type_of(event) in self._types and self._is_new(event):
                self._unwritten.append((type_of(event), encode(event, self._source)))
                self.counts["events"] += 1

    def _is_new(self, event: AnyEvent) -> bool:
        """Return whether an event is no repeated state: the queue loses none, so a receiver needs no repetition."""
        state: object
        match event:
            case CameraEvent() if not event.removed:
                what, state = event.camera, (event.state, event.error, event.saving)
            case OccupancyEvent():
                what, state = f"{event.camera}.{event.zone}", event.occupancy
            case _:
                return True
        text = msgspec.json.encode(state).decode()
        before, self._states[what] = self._states.get(what), text
        return text != before

    def _write(self) -> None:
        try:
            self._noted = time.monotonic()
            notes = {PRESENCE: self.stream.presence(), STATES: msgspec.json.encode(self._states)}
            lost = self.queue.put(self._unwritten, notes)
            self._unwritten = []
            self._logged.discard("disk")
        except sqlite3.OperationalError as error:
            self._log_once("disk", f"the queue {self._path} cannot be written; trying again until it can: {error}")
            lost = max(0, len(self._unwritten) - MOST_IN_MEMORY)
            self._unwritten = self._unwritten[lost:]
        if lost:
            self._log_once("full", f"the queue {self._path} is full; the oldest events are lost and counted")
        elif self.queue.waiting <= 1:
            self._logged.discard("full")
        self.counts["lost"] += lost

    def _log_once(self, kind: str, text: str) -> None:
        if kind not in self._logged:
            self._logged.add(kind)
            log.error("%s", text)


def read_secret(variable: str) -> bytes:
    """Return the secret in an environment variable.

    Raises:
        ConfigError: The variable is not set, or is empty.
    """
    secret = os.environ.get(variable, "")
    if not secret:
        raise ConfigError(f"expected a secret in the environment variable {variable}, found no such variable")
    return os.fsencode(secret)
