"""Publishes events to other programs on a ZeroMQ socket."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Annotated, Any

from msgspec import Meta

from pipeline.events import AnyEvent
from pipeline.messages import Frame
from pipeline.transport.pubsub import ADDRESS, check_publisher, open_publisher
from stages.event_stream import EventOutput, EventStream
from stages.zones.totals import LEAST_PEOPLE, MinPeople

log = logging.getLogger(__name__)


class Events(EventOutput):
    """Publishes events on a ZeroMQ PUB socket, see `docs/wire-format.md`.

    Args:
        address: Address that subscribers connect to; the default is reachable from this machine only.
        key: File of the output's own key pair, see `emobot keys`: events are encrypted, and only `clients` get them.
        clients: Who may subscribe: public keys, files with them, or folders of files `*.key`.
        insecure: Allow other machines to reach `address` without a `key`: anybody may listen.

    Raises:
        ConfigError: An option is out of range, the address is malformed or in use, or a key is missing or wrong.
    """

    alone = (("address",),)

    def __init__(
        self,
        *,
        address: Annotated[str, Meta(pattern=ADDRESS, examples=["tcp://127.0.0.1:5556"])] = "tcp://127.0.0.1:5556",
        observations_hz: Annotated[float, Meta(ge=0)] = 0.0,
        aggregate_only: bool = False,
        aggregate_s: Annotated[float, Meta(ge=1, le=86_400)] = 10.0,
        min_people: MinPeople = LEAST_PEOPLE,
        key: str = "",
        clients: tuple[str, ...] = (),
        insecure: bool = False,
    ) -> None:
        self.stream = EventStream(observations_hz, aggregate_s if aggregate_only else 0.0, min_people)
        """Turns frames into events."""
        self._publisher = open_publisher(address, key, clients, insecure=insecure)
        self.address = self._publisher.address
        """Address of the socket, with the port that replaced 0 or *."""
        if address.endswith((":0", ":*")):
            log.info("events are at %s", self.address)
        self.counts: Counter[str] = Counter()

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse an address that other machines reach without a key, and keys that cannot be used.

        Raises:
            ConfigError: As said.
        """
        check_publisher(
            options.get("address", ""),
            options.get("key", ""),
            options.get("clients", ()),
            options.get("insecure", False),
        )

    @classmethod
    def files(cls, **options: Any) -> Sequence[str]:
        """Return the files of the keys."""
        return [one for one in (options.get("key", ""), *options.get("clients", ())) if one]

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Publish the events of the frames."""
        for frame in frames:
            self._publish(self.stream.read(frame))
        yield from ()

    def keep(self, cameras: Set[str]) -> None:
        """Publish that the other cameras were removed."""
        self._publish(self.stream.keep(cameras))

    def close(self) -> None:
        """Stop publishing."""
        self._publisher.close()

    def _publish(self, events: Iterable[AnyEvent]) -> None:
        for event in events:
            self._publisher.send(event)
            self.counts["events"] += 1
