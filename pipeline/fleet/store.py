"""The two buckets of a fleet at its NATS server."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec

from pipeline.errors import ConfigError, EmobotError, InputError
from pipeline.fleet.records import Record
from pipeline.fleet.requests import Request, Requests
from pipeline.transport.nats_server import NatsServer, connect, describe, disconnect

REQUEST_S = 5.0
"""Seconds to wait for the answer to a request, at most; half a ttl if that is less."""

DUPLICATES_S = 120.0
"""Seconds for which a stream remembers messages, at most; the library's choice for new buckets."""
LAST_REVISION = "Nats-Expected-Last-Subject-Sequence"
"""Header with the revision that a record must have."""
WRONG_REVISION = (10071, 10164)
"""Error codes of a server for a record that has another revision than the request names."""

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class Refused(Exception):
    """The record has another revision: somebody else wrote it, or it was forgotten."""


class Unreachable(EmobotError):
    """The server did not confirm a request; whether it has carried it out is not known."""


class Entry(NamedTuple):
    """A record as stored."""

    key: str
    value: bytes
    """Empty: it was deleted."""
    revision: int

    def read(self, kind: type[R]) -> R | None:
        """Return the record; None if it was deleted, or is none of this kind."""
        try:
            return msgspec.json.decode(self.value, type=kind) if self.value else None
        except msgspec.MsgspecError:
            return None


class Bucket:
    """One bucket; every call is one request, and waits at most `timeout_s` of the store."""

    def __init__(self, requests: Requests, values: Any, prefix: str, timeout_s: float) -> None:
        self._requests, self._values, self._timeout_s = requests, values, timeout_s
        self.prefix = prefix
        """What the subject of each key begins with."""

    async def get(self, key: str) -> Entry | None:
        """Return a record; None if there is none.

        Raises:
            Unreachable: There was no answer.
        """
        from nats.js.errors import KeyNotFoundError

        async def ask() -> Entry | None:
            try:
                found = await self._values.get(key)
            except KeyNotFoundError:
                return None
            return Entry(key, found.value or b"", found.revision or 0)

        return await _answered(ask())

    async def create(self, key: str, value: Record) -> int:
        """Store a record that must not exist yet; return its revision.

        Raises:
            Refused: It exists.
            Unreachable: There was no answer.
        """
        return await _answered(self._values.create(key, msgspec.json.encode(value)))

    async def update(self, key: str, value: Record, revision: int) -> int:
        """Replace a record of a revision; return the new one.

        Raises:
            Refused: It has another revision.
            Unreachable: There was no answer.
        """
        return await _answered(self._values.update(key, msgspec.json.encode(value), revision))

    async def update_all(self, records: Sequence[tuple[str, Record, int]]) -> list[int | Refused | Unreachable]:
        """Replace records of a revision, all at once; return the new revision of each, or why there is none.

        A third of the CPU time of single updates: a box does this for all its leases.
        """
        requests = [
            Request(f"{self.prefix}{key}", msgspec.json.encode(value), {LAST_REVISION: str(revision)})
            for key, value, revision in records
        ]
        try:
            answers = await self._requests.ask(requests, self._timeout_s)
        except Exception as error:  # the library raises what sockets cause
            return [Unreachable(describe(error))] * len(records)
        return [_revision(answer) for answer in answers]

    async def put(self, key: str, value: Record) -> int:
        """Store a record, whatever is there; return its revision.

        Raises:
            Unreachable: There was no answer.
        """
        return await _answered(self._values.put(key, msgspec.json.encode(value)))

    async def stored_at(self, revision: int) -> float | None:
        """Return when the server stored a revision, by its own clock, UNIX seconds; None if it has forgotten it.

        Raises:
            Unreachable: There was no answer.
        """
        subject = f"$JS.API.STREAM.MSG.GET.KV_{self.prefix.split('.')[1]}"
        request = Request(subject, msgspec.json.encode({"seq": revision}), {})
        (answer,) = await _answered(self._requests.ask([request], self._timeout_s))
        if not answer:
            raise Unreachable("no answer")
        found = msgspec.json.decode(answer, type=_Stored)
        return found.message.time.timestamp() if found.message else None

    async def delete(self, key: str, revision: int | None = None) -> None:
        """Delete a record, of a revision if one is given.

        Raises:
            Refused: It has another revision.
            Unreachable: There was no answer.
        """
        await _answered(self._values.delete(key, last=revision))

    async def entries(self, keys: str = ">") -> list[Entry]:
        """Return all records whose key matches a pattern.

        Raises:
            Unreachable: There was no answer.
        """
        found = {}
        async with contextlib.aclosing(self.watch(keys)) as watched:
            async for entry in watched:
                if entry is None:
                    break
                found[entry.key] = entry
        return [entry for entry in found.values() if entry.value]

    async def watch(self, keys: str = ">") -> AsyncGenerator[Entry | None, None]:
        """Yield all records whose key matches a pattern, then None, then each change.

        Raises:
            Unreachable: There was no answer.
        """
        watcher = await _answered(self._values.watch(keys))
        try:
            while True:
                found = await watcher.updates(timeout=None)
                if found is None:
                    yield None
                else:
                    gone = found.operation in ("DEL", "PURGE")
                    yield Entry(found.key, b"" if gone else found.value or b"", found.revision or 0)
        finally:
            with contextlib.suppress(Exception):  # the connection is gone, and the watch with it
                await watcher.stop()


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
            await _answered(self._client.publish(f"{self._name}.nudge.{who}"))

    async def listen(self, subject: str, heard: Callable[[str, bytes], None]) -> None:
        """Call a function with subject and content of each message from now on."""

        async def note(message: Any) -> None:
            heard(message.subject, message.data)

        await _answered(self._client.subscribe(subject, cb=note))

    async def on_nudge(self, who: str, call: Callable[[], None]) -> None:
        """Call a function at each nudge of a box, or of the leader."""
        await self.listen(f"{self._name}.nudge.{who}", lambda subject, content: call())

    async def close(self) -> None:
        """Disconnect."""
        await disconnect(self._client)


async def _answered(request: Awaitable[T]) -> T:
    try:
        return await request
    except Exception as error:  # the library raises what sockets and its server's answers cause
        raise _translated(error) from error


class _Message(msgspec.Struct):
    time: datetime


class _Stored(msgspec.Struct):
    message: _Message | None = None


def _revision(answer: bytes | None) -> int | Refused | Unreachable:
    """Return the new revision in a server's answer to an update, or why there is none."""
    if not answer:
        return Unreachable("no answer")
    found = msgspec.json.decode(answer)
    if "error" not in found:
        return int(found["seq"])
    error = found["error"]
    text = str(error.get("description", error))
    return Refused(text) if error.get("err_code") in WRONG_REVISION else Unreachable(text)


def _translated(error: BaseException) -> Refused | Unreachable:
    """Return an error of the library as one of ours."""
    from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError

    text = describe(error) if isinstance(error, Exception) else repr(error)
    if isinstance(error, KeyNotFoundError):
        return Refused(text)  # it was forgotten between two requests of one call
    # a deletion has no error of its own for another revision
    if isinstance(error, KeyWrongLastSequenceError) or getattr(error, "err_code", None) in WRONG_REVISION:
        return Refused(text)
    return Unreachable(text)
