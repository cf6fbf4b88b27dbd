"""One bucket at the NATS server of a fleet."""

import contextlib
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec

from pipeline.fleet.records import Record
from pipeline.fleet.server.answers import Refused, Unreachable, answered, revision_of
from pipeline.fleet.server.requests import Request, Requests
from pipeline.transport.nats.server import describe

LAST_REVISION = "Nats-Expected-Last-Subject-Sequence"
"""Header with the revision that a record must have."""

R = TypeVar("R", bound=Record)


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

        return await answered(ask())

    async def create(self, key: str, value: Record) -> int:
        """Store a record that must not exist yet; return its revision.

        Raises:
            Refused: It exists.
            Unreachable: There was no answer.
        """
        return await answered(self._values.create(key, msgspec.json.encode(value)))

    async def update(self, key: str, value: Record, revision: int) -> int:
        """Replace a record of a revision; return the new one.

        Raises:
            Refused: It has another revision.
            Unreachable: There was no answer.
        """
        return await answered(self._values.update(key, msgspec.json.encode(value), revision))

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
        return [revision_of(answer) for answer in answers]

    async def put(self, key: str, value: Record) -> int:
        """Store a record, whatever is there; return its revision.

        Raises:
            Unreachable: There was no answer.
        """
        return await answered(self._values.put(key, msgspec.json.encode(value)))

    async def stored_at(self, revision: int) -> float | None:
        """Return when the server stored a revision, by its own clock, UNIX seconds; None if it has forgotten it.

        Raises:
            Unreachable: There was no answer.
        """
        subject = f"$JS.API.STREAM.MSG.GET.KV_{self.prefix.split('.')[1]}"
        request = Request(subject, msgspec.json.encode({"seq": revision}), {})
        (answer,) = await answered(self._requests.ask([request], self._timeout_s))
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
        await answered(self._values.delete(key, last=revision))

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
        watcher = await answered(self._values.watch(keys))
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


class _Message(msgspec.Struct):
    time: datetime


class _Stored(msgspec.Struct):
    message: _Message | None = None
