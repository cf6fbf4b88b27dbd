"""The leader: one box of the fleet, by lease, which places the cameras."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

import msgspec

from pipeline.config.config import NAME
from pipeline.fleet.placement import place
from pipeline.fleet.records import Box, Camera, Plan, Unplaced
from pipeline.fleet.server.bucket import Entry
from pipeline.fleet.server.store import Store

ROUND_S = 0.25
"""Seconds between two looks at what has changed."""
SETTLE_S = 1.0
"""Seconds before the first placement, in which boxes that were cut off together come back."""

MOST_LOGGED = 5
"""Lines about cameras that no box takes, for each placement."""

log = logging.getLogger("emobot")


class Leader:
    """What one box does while it leads.

    Args:
        store: The buckets.
        may_lead: Whether its lease is valid; asked before each write.
    """

    def __init__(self, store: Store, may_lead: Callable[[], bool]) -> None:
        self._store = store
        self._may_lead = may_lead
        self._cameras: dict[str, Camera] = {}
        self._draining: set[str] = set()
        self._plans: dict[str, tuple[Plan, int]] = {}
        self._unplaced: Unplaced | None = None
        self._boxes: dict[str, Box] = {}
        self._heard_s: dict[str, float] = {}
        self._changed = asyncio.Event()

    async def lead(self) -> None:
        """Lead until the lease is over.

        Raises:
            Unreachable: The server does not answer.
            Refused: Another leader has written a plan.
        """
        await self._store.listen(f"{self._store.leases.prefix}box.*", self._hear)
        for entry in await self._store.leases.entries("box.*"):
            self._hear(self._store.leases.prefix + entry.key, entry.value)
        loaded = asyncio.Event()
        watch = asyncio.ensure_future(self._watch(loaded))
        try:
            begun = asyncio.ensure_future(loaded.wait())
            await asyncio.wait((watch, begun), return_when=asyncio.FIRST_COMPLETED)
            begun.cancel()
            await asyncio.sleep(min(SETTLE_S, self._store.ttl_s / 2))
            self._changed.set()
            while self._may_lead() and not self._store.broken.is_set() and not watch.done():
                await self._note_gone()
                if self._changed.is_set():
                    self._changed.clear()
                    await self._place()
                await asyncio.sleep(ROUND_S)
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _watch(self, loaded: asyncio.Event) -> None:
        async with contextlib.aclosing(self._store.fleet.watch()) as watched:
            async for entry in watched:
                if entry is None:
                    loaded.set()
                else:
                    self._read(entry)

    def _read(self, entry: Entry) -> None:
        kind, _, name = entry.key.partition(".")
        if kind in ("drain", "plan") and not NAME.fullmatch(name):
            return
        if kind == "camera":
            camera = entry.read(Camera)
            if camera is None:
                self._cameras.pop(name, None)
            else:
                self._cameras[name] = camera
        elif kind == "drain":
            (self._draining.add if entry.value else self._draining.discard)(name)
        elif kind == "plan":
            plan, known = entry.read(Plan), self._plans.get(name)
            if known is None or entry.revision > known[1]:
                self._plans[name] = plan or Plan(), entry.revision
            return  # our own writing
        elif kind == "unplaced":
            self._unplaced = entry.read(Unplaced)
            return
        self._changed.set()

    def _hear(self, subject: str, content: bytes) -> None:
        name = subject.rpartition(".")[2]
        if not NAME.fullmatch(name):  # no box has such a name, and the library refuses some as the name of a plan
            return
        if not content:  # it has left in order
            self._heard_s[name] = 0.0
            return
        try:
            box = msgspec.json.decode(content, type=Box)
        except msgspec.MsgspecError:
            return
        before = self._boxes.get(name)
        self._boxes[name], self._heard_s[name] = box, time.monotonic()
        if before is None or _essence(before) != _essence(box):
            self._changed.set()

    async def _note_gone(self) -> None:
        """Forget boxes whose record the server has forgotten."""
        silent_s = time.monotonic() - self._store.ttl_s / 2
        for name in [name for name, heard_s in self._heard_s.items() if heard_s < silent_s]:
            if await self._store.leases.get(f"box.{name}") is None:
                del self._boxes[name], self._heard_s[name]
                log.warning("fleet: the box %s is gone; its cameras go to others", name)
                self._changed.set()

    async def _place(self) -> None:
        plan = {name: frozenset(one.cameras) for name, (one, _) in self._plans.items()}
        found = place(self._cameras, self._boxes, self._draining, plan)
        for name in sorted(found.plan.keys() | self._plans.keys()):
            planned = found.plan.get(name, frozenset())
            wanted = Plan(cameras={camera: self._cameras[camera].options for camera in sorted(planned)})
            planned_before, revision = self._plans.get(name, (Plan(), 0))
            if wanted == planned_before:
                continue
            if not self._may_lead():
                return
            key = f"plan.{name}"
            if revision:
                revision = await self._store.fleet.update(key, wanted, revision)
            else:
                revision = await self._store.fleet.create(key, wanted)
            self._plans[name] = wanted, revision
            await self._store.nudge(name)
        unplaced = Unplaced(cameras=found.unplaced)
        if unplaced != self._unplaced and self._may_lead():
            before = self._unplaced.cameras if self._unplaced else {}
            news = [camera for camera, why in found.unplaced.items() if before.get(camera) != why]
            for camera in news[:MOST_LOGGED]:
                log.warning("fleet: no box takes the camera %s: %s", camera, found.unplaced[camera])
            if len(news) > MOST_LOGGED:
                log.warning("fleet: no box takes %d more cameras, see `emobot fleet list`", len(news) - MOST_LOGGED)
            await self._store.fleet.put("unplaced", unplaced)
            self._unplaced = unplaced


def _essence(box: Box) -> tuple[object, ...]:
    """Return what matters for a placement."""
    return box.session, box.capacity, frozenset(box.holds), frozenset(box.ready), box.refuses
