"""What a box holds at the server: it takes, renews and releases leases, and a camera's fence is open meanwhile."""

import contextlib
import logging
import secrets
from collections.abc import Callable, Mapping

from pipeline.errors import EmobotError
from pipeline.fleet.agent.cameras import Cameras
from pipeline.fleet.leases import Held, Leases
from pipeline.fleet.records import Lease, Owned, Record
from pipeline.fleet.server.answers import Refused, Unreachable
from pipeline.fleet.server.bucket import Entry
from pipeline.fleet.server.store import Store
from pipeline.transport.fence import now_ns

log = logging.getLogger("emobot")


class Holder:
    """The leases of one box, under the names of their records.

    Args:
        box: Its name.
        ttl_s: Ttl of the leases, until the server's is known.
        cameras: The cameras here, whose fences it opens and closes.
        end: Called with each camera that is to be stopped because its lease is over.

    Attributes:
        lease: The record of each of its leases.
        ttl_s: Ttl of the leases.
    """

    def __init__(self, box: str, ttl_s: float, cameras: Cameras, end: Callable[[str], None]) -> None:
        self._cameras, self._end = cameras, end
        self._leases = Leases(ttl_s)
        self.ttl_s = ttl_s
        self.lease = Lease(box=box, session=secrets.token_hex(8))

    @property
    def held(self) -> Mapping[str, Held]:
        """Return all leases by name."""
        return self._leases.held

    @property
    def held_cameras(self) -> frozenset[str]:
        """Return the cameras whose lease it has."""
        return frozenset(camera for key in self._leases.held if (camera := _camera(key)))

    def holds(self, key: str) -> bool:
        """Return whether it has a lease that is not over yet."""
        held = self._leases.held.get(key)
        return held is not None and now_ns() < held.end_ns

    def due(self) -> list[str]:
        """Return the leases that must be renewed now."""
        return self._leases.due(now_ns())

    def next_s(self) -> float | None:
        """Return in how many seconds the next lease must be renewed; None without leases."""
        next_ns = self._leases.next_ns()
        return None if next_ns is None else (next_ns - now_ns()) / 1e9

    def adopt_ttl(self, ttl_s: float) -> None:
        """Go by the fleet's ttl."""
        if ttl_s != self.ttl_s:
            log.warning("fleet: ttl_s is %g in this fleet, not %g", ttl_s, self.ttl_s)
            self.ttl_s = ttl_s
            self._leases = Leases(ttl_s)

    async def create(self, store: Store, key: str) -> None:
        """Take a lease that nobody has.

        Raises:
            Refused: Somebody has it.
            Unreachable: The server does not answer.
        """
        sent_ns = now_ns()
        self._grant(key, await store.leases.create(key, self.lease), sent_ns)

    async def take(self, store: Store, key: str, value: Record | None = None) -> bool:
        """Take a lease, or renew one that this process already has; return whether it has it now.

        Args:
            store: The buckets.
            key: The lease.
            value: What its record says; None: who has it.

        Raises:
            Unreachable: The server does not answer.
        """
        value = value or self.lease
        sent_ns = now_ns()
        try:
            revision = await store.leases.create(key, value)
        except Refused:
            entry = await store.leases.get(key)
            if entry is None or not self._owns(entry):
                return False
            # ours: the answer to an earlier request was lost; how long ago the server stored it is not known
            sent_ns = now_ns()
            try:
                revision = await store.leases.update(key, value, entry.revision)
            except Refused:
                return False
        self._grant(key, revision, sent_ns)
        return True

    async def renew(self, store: Store, values: Mapping[str, Record]) -> bool:
        """Renew leases that it has; return whether the server has answered.

        Args:
            store: The buckets.
            values: What the record of each says.

        Raises:
            Unreachable: The server does not answer the question who has a lease whose renewal it has refused.
        """
        records = [(key, values[key], self._leases.held[key].revision) for key in sorted(values)]
        sent_ns = now_ns()
        answers = await store.leases.update_all(records)
        for (key, _, _), answer in zip(records, answers, strict=True):
            await self._note_renewal(store, key, answer, sent_ns)
        return not any(isinstance(answer, Unreachable) for answer in answers)

    def end_late(self) -> None:
        """End leases that were not renewed in time; their fences have closed by themselves."""
        for key in self._leases.take_ended(now_ns()):
            self._lose(key, f"its lease was not renewed within {self.ttl_s:g} s")

    async def release(self, store: Store, key: str) -> None:
        """Give a lease up, if it has it, so that another box can take it at once.

        Raises:
            Unreachable: The server does not answer.
        """
        self._shut(key)
        if held := self._leases.dropped(key):
            await _delete(store, key, held.revision)

    async def release_all(self, store: Store) -> None:
        """Give everything up, as far as the server answers."""
        held = dict(self._leases.held)
        for key in held:
            self._shut(key)
            self._leases.dropped(key)
        with contextlib.suppress(EmobotError):
            # the record of this box last: then all its leases are free
            for key in sorted(held, key=lambda one: one.startswith("box.")):
                await _delete(store, key, held[key].revision)

    async def _note_renewal(self, store: Store, key: str, answer: int | Refused | Unreachable, sent_ns: int) -> None:
        held = self._leases.held.get(key)
        if isinstance(answer, int):
            if held:
                self._grant(key, answer, sent_ns)
            else:  # it ended meanwhile: nobody has to wait for it
                await _delete(store, key, answer)
        elif isinstance(answer, Refused) and held:
            # ours, if the answer to an earlier renewal was lost
            entry = await store.leases.get(key)
            if entry is None or not self._owns(entry):
                self._lose(key, "its renewal was refused")
            elif key in self._leases.held:
                self._leases.granted(key, entry.revision, held.sent_ns)

    def _owns(self, entry: Entry) -> bool:
        found = entry.read(Owned)
        return found is not None and found.session == self.lease.session

    def _grant(self, key: str, revision: int, sent_ns: int) -> None:
        end_ns = self._leases.granted(key, revision, sent_ns)
        if camera := _camera(key):
            self._cameras.open(camera, end_ns)

    def _lose(self, key: str, why: str) -> None:
        self._leases.dropped(key)
        self._shut(key)
        if camera := _camera(key):
            self._end(camera)
            log.warning("fleet: stopping the camera %s: %s", camera, why)

    def _shut(self, key: str) -> None:
        if camera := _camera(key):
            self._cameras.shut(camera)


async def _delete(store: Store, key: str, revision: int) -> None:
    with contextlib.suppress(Refused):
        await store.leases.delete(key, revision)


def _camera(key: str) -> str:
    """Return the camera of a lease; empty for the record of a box or of the leader."""
    kind, _, name = key.partition(".")
    return name if kind == "lease" else ""
