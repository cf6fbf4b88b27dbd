"""The agent of one box: connects to the fleet's server, again whenever it must, and takes part meanwhile."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

from pipeline.errors import InputError
from pipeline.fleet.agent import pacing
from pipeline.fleet.agent.cameras import Cameras
from pipeline.fleet.agent.election import Election
from pipeline.fleet.agent.holder import Holder
from pipeline.fleet.agent.hosting import Hosting
from pipeline.fleet.agent.notices import SILENT, Notices
from pipeline.fleet.agent.registration import NameTaken, Registration
from pipeline.fleet.agent.wanted import Wanted
from pipeline.fleet.clock import EVERY_S, ServerClock
from pipeline.fleet.records import Record
from pipeline.fleet.server.answers import Refused, Unreachable
from pipeline.fleet.server.store import Store


class Agent:
    """One box of a fleet.

    Args:
        box: Its name.
        ttl_s: Ttl of the leases, if this box is the first of its fleet.
        connect: Opens the buckets; raises `InputError` if it cannot.
        cameras: The cameras here.
        page: Address of this box's page.
        show: Called now and then, to show the fleet on that page.
    """

    def __init__(
        self,
        box: str,
        ttl_s: float,
        connect: Callable[[], Coroutine[Any, Any, Store]],
        cameras: Cameras,
        page: str = "",
        show: Callable[[Store], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        self._box, self._connect, self._cameras, self._show = box, connect, cameras, show
        self._notices = Notices()
        self._clock = ServerClock()
        self._wanted = Wanted(box)
        self._holder = Holder(box, ttl_s, cameras, self._wanted.end)
        self._hosting = Hosting(cameras, self._wanted, self._holder)
        self._registration = Registration(box, page, self._holder, cameras, self._clock)
        self._election = Election(box, self._holder, self._notices)
        self._stopping = asyncio.Event()

    @property
    def is_leader(self) -> bool:
        """Return whether this box leads the fleet."""
        return self._election.is_leader

    def stop(self) -> None:
        """End `run`: the leases are released."""
        self._stopping.set()

    async def run(self) -> None:
        """Take part until `stop`."""
        async with asyncio.TaskGroup() as tasks:
            keep_running = self._hosting.keep_running(self._notice_news)
            own = [tasks.create_task(keep_running), tasks.create_task(self._watch_clock())]
            wait_s = pacing.RETRY_S[0]
            while not self._stopping.is_set():
                try:
                    store = await self._connect()
                except InputError as error:
                    self._notices.warn(f"the NATS server cannot be reached ({error})")
                else:
                    wait_s = pacing.RETRY_S[0]
                    try:
                        await self._serve(store)
                    finally:
                        await store.close()
                await pacing.until(self._stopping, wait_s * (1 + random.random()), keep=True)
                wait_s = min(2 * wait_s, pacing.RETRY_S[1])
            for task in own:
                task.cancel()

    async def _serve(self, store: Store) -> None:
        """Take part over one connection, until it breaks."""
        self._holder.adopt_ttl(store.ttl_s)
        try:
            await store.on_nudge(self._box, self._wanted.outdated.set)
            await self._election.listen(store)
            await self._registration.register(store)
            await self._wanted.read(store)
        except (Unreachable, Refused) as error:
            self._notices.warn(str(error))
            return
        self._notices.info(f"this box is {self._box}")
        loops = [self._renew, self._hosting.take, self._hosting.follow_plan, self._election.lead, self._compare_clocks]
        loops += [self._show_fleet] if self._show else []
        tasks = [asyncio.ensure_future(self._repeat(loop, store)) for loop in loops]
        ends = [asyncio.ensure_future(store.broken.wait()), asyncio.ensure_future(self._stopping.wait())]
        try:
            await asyncio.wait((*tasks, *ends), return_when=asyncio.FIRST_COMPLETED)
            for failed in (task.exception() for task in tasks if task.done()):
                if failed:
                    raise failed
        finally:
            everything: list[asyncio.Future[Any]] = [*tasks, *ends]
            for task in everything:
                task.cancel()
            await asyncio.gather(*everything, return_exceptions=True)
        if self._stopping.is_set():
            await self._holder.release_all(store)
        elif store.broken.is_set():
            self._notices.warn("the NATS server has disconnected")

    async def _repeat(self, work: Callable[[Store], Coroutine[Any, Any, None]], store: Store) -> None:
        """Do some work without end; a request that was not answered is repeated, while the leases run out."""
        while True:
            try:
                await work(store)
            except NameTaken as error:
                self._notices.warn(str(error))
            except Unreachable:
                if not store.broken.is_set():
                    self._notices.warn(SILENT)
            await asyncio.sleep(pacing.POLL_S)

    async def _renew(self, store: Store) -> None:
        """Renew each lease in time, and the record of this box also when it has changed."""
        if not self._cameras.healthy:
            return
        own = self._registration
        due = set(self._holder.due())
        if own.registered and own.has_news():
            own.note_told()
            due.add(own.key)
        values: dict[str, Record] = {key: own.record() if key == own.key else self._holder.lease for key in due}
        answered = await self._holder.renew(store, values)
        await own.register(store)
        if not answered:
            self._notices.warn(SILENT)
            return
        next_s = self._holder.next_s()
        await pacing.until(own.changed, pacing.PLAN_S if next_s is None else max(0.0, next_s))

    def _notice_news(self) -> None:
        """Have this box's record stored if it has changed."""
        if self._registration.has_news():
            self._registration.changed.set()

    async def _watch_clock(self) -> None:
        """End leases that are over."""
        while True:
            self._holder.end_late()
            await asyncio.sleep(self._holder.ttl_s / pacing.WATCHES)

    async def _compare_clocks(self, store: Store) -> None:
        await self._clock.measure(store, self._box)
        await asyncio.sleep(EVERY_S)

    async def _show_fleet(self, store: Store) -> None:
        if self._show:
            await self._show(store)
        await asyncio.sleep(pacing.SHOW_S)
