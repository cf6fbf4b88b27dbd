"""The two buckets of a fleet at its NATS server."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pipeline.errors import ConfigError, EmobotError, InputError
from pipeline.fleet.server.answers import answered
from pipeline.fleet.server.bucket import Bucket
from pipeline.fleet.server.requests import Requests
from pipeline.transport.nats.server import NatsServer, connect, describe, disconnect

REQUEST_S = 5.0
"""Seconds to wait for the answer to a request, at most; half a ttl if that is less."""

TTL_S = (1.0, 600.0)
"""Seconds that `ttl_s` may be, as in the config."""

DUPLICATES_S = 120.0
"""Seconds for which a stream remembers messages, at most; the library's choice for new buckets."""


class Store:
    """The buckets of a fleet, over one connection that never comes back.

    Attributes:
        fleet: Cameras, plans, drained boxes.
        leases: Leases and boxes; forgotten after the ttl.
        ttl_s: The ttl, as the server has it.
        broken: Set once the connection is broken.
    """

    def __init__(
        self, client: Any, broken: asyncio.Event, name: str, ttl_s: float, timeout_s: float, buckets: Sequence[Any]
    ) -> None:
        self._client = client
        self._name = name
        self.broken = broken
        self.ttl_s = ttl_s
        requests = Requests(client)
        fleet, leases = buckets
        self.fleet = Bucket(requests, fleet, f"$KV.{name}-fleet.", timeout_s)
        self.leases = Bucket(requests, leases, f"$KV.{name}-leases.", timeout_s)

    @classmethod
    async def open(
        cls,
        server: NatsServer,
        name: str,
        ttl_s: float | None = None,
        report: Callable[[str], None] = lambda text: None,
    ) -> "Store":
        """Connect, and make the buckets if there are none.

        Args:
            server: The server.
            name: The fleet's name.
            ttl_s: Ttl of new leases; None: the fleet must exist.
            report: Called with what the server refuses later.

        Raises:
            InputError: The server cannot be reached, or keeps no buckets; or there is no such fleet.
        """
        from nats.js.api import KeyValueConfig, StorageType
        from nats.js.errors import BucketNotFoundError

        client, broken = await connect(server, report, f"emobot {name}")
        timeout_s = min(REQUEST_S, (ttl_s or 2 * REQUEST_S) / 2)
        context = client.jetstream(timeout=timeout_s)
        try:
            buckets = []
            for part, age_s in (("fleet", 0.0), ("leases", ttl_s or 0.0)):
                bucket = f"{name}-{part}"
                try:
                    found = await context.key_value(bucket)
                except BucketNotFoundError:
                    if ttl_s is None:
                        raise ConfigError(
                            f"expected the fleet {name} at {server.name}, found none: a run with [fleet] makes it"
                        ) from None
                    config = KeyValueConfig(bucket, history=1, ttl=age_s or None, storage=StorageType.FILE)
                    found = await context.create_key_value(config)
                buckets.append(found)
            status = await buckets[1].status()
            if ttl_s and status.ttl != ttl_s and not status.values:
                # no box has a lease: a new ttl harms nobody
                changed = replace(status.stream_info.config, max_age=ttl_s, duplicate_window=min(ttl_s, DUPLICATES_S))
                await context.update_stream(changed)
                status = await buckets[1].status()
            if status.values and not TTL_S[0] <= (status.ttl or 0.0) <= TTL_S[1]:
                # another program has made it: leases would never end, or before they are renewed
                raise InputError(
                    f"expected the bucket {name}-leases to forget records after {TTL_S[0]:g} to {TTL_S[1]:g} s, found"
                    f" {f'{status.ttl:g} s' if status.ttl else 'one that keeps them'}: delete it, a box makes it again"
                )
        except EmobotError:
            await disconnect(client)
            raise
        except Exception as error:  # the library raises what sockets and its server's answers cause
            await disconnect(client)
            raise InputError(f"expected a NATS server with JetStream, found: {describe(error)}") from error
        return cls(client, broken, name, float(status.ttl or 0.0), timeout_s, buckets)

    async def nudge(self, who: str) -> None:
        """Tell a box, or `leader`, that something has changed; it may be lost."""
        if not self.broken.is_set():
            await answered(self._client.publish(f"{self._name}.nudge.{who}"))

    async def listen(self, subject: str, heard: Callable[[str, bytes], None]) -> None:
        """Call a function with subject and content of each message from now on."""

        async def note(message: Any) -> None:
            heard(message.subject, message.data)

        await answered(self._client.subscribe(subject, cb=note))

    async def on_nudge(self, who: str, call: Callable[[], None]) -> None:
        """Call a function at each nudge of a box, or of the leader."""
        await self.listen(f"{self._name}.nudge.{who}", lambda subject, content: call())

    async def close(self) -> None:
        """Disconnect."""
        await disconnect(self._client)
