"""The agent of one box: takes leases, renews them, runs the cameras it holds, and stops one whose lease is over."""

import asyncio
import contextlib
import logging
import random
import secrets
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from msgspec.structs import replace

from pipeline.errors import EmobotError, InputError
from pipeline.fleet.clock import EVERY_S, ServerClock
from pipeline.fleet.leader import Leader
from pipeline.fleet.leases import RENEWALS, Leases
from pipeline.fleet.records import Box, Lease, Owned, Plan, Record
from pipeline.fleet.store import Refused, Store, Unreachable
from pipeline.transport.fence import now_ns

POLL_S = 0.1
"""Seconds between two attempts to take a lease."""
WATCHES = 20
"""Looks at the clock per ttl. A fence closes by itself; this is when the camera is stopped, too."""
PLAN_S = 1.0
"""Seconds between two looks at the cameras of this box."""
SHOW_S = 2.0
"""Seconds between two readings of the fleet for this box's page."""
STOP_S = 1.0
"""Seconds that an orderly stop of a camera may take before its fence is closed."""
LAST_S = 0.15
"""Seconds that a camera's last frame may take to the outputs."""
RETRY_S = 0.2, 3.0
"""Seconds before the first and the slowest attempt to connect again; each box adds up to as much again."""
LEADER = "leader"
SILENT = "fleet: the NATS server does not answer"
"""What the log says once, although each loop finds it."""

log = logging.getLogger("emobot")


class Cameras(Protocol):
    """The cameras of a fleet that run on this box."""

    @property
    def running(self) -> Mapping[str, dict[str, Any]]:
        """Return the options of each, by name."""

    @property
    def refused(self) -> Mapping[str, str]:
        """Return those that this box cannot run, and why."""

    async def want(self, cameras: Mapping[str, dict[str, Any]], ended: set[str]) -> None:
        """Add and remove cameras until these run, each behind a closed fence; those in `ended` are removed first."""

    async def look(self) -> None:
        """Read the state of each, and what the box can run."""

    @property
    def states(self) -> Mapping[str, str]:
        """Return the state of each, as last read."""

    @property
    def clocks(self) -> Mapping[str, float]:
        """Return this machine's clock minus that of each camera that gives a time, seconds."""

    @property
    def ready(self) -> frozenset[str]:
        """Return those that deliver frames, or have had the time to."""

    @property
    def healthy(self) -> bool:
        """Return whether the run answers."""

    def capacity(self) -> int:
        """Return how many cameras this box can run."""

    def open(self, camera: str, end_ns: int) -> None:
        """Let a camera's frames pass to the outputs until a time."""

    def shut(self, camera: str) -> None:
        """Let none pass."""


class NameTaken(Unreachable):
    """Another box has this box's name."""


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
        self._box, self._connect, self._cameras, self._page = box, connect, cameras, page
        self._show = show
        self._session = secrets.token_hex(8)
        self._ttl_s = ttl_s
        self._leases = Leases(ttl_s)
        self._clock = ServerClock()
        self._plan: Plan = Plan()
        self._planned_ns = 0
        self._ended: set[str] = set()
        """Cameras whose lease is over and that still run."""
        self._changed = asyncio.Event()
        self._reread = asyncio.Event()
        self._stopping = asyncio.Event()
        self._said = ""
        self._told: Record | None = None
        self._tell = asyncio.Event()
        """Set when this box has something new to say of itself."""
        self._led_ns = 0
        """When a leader was last heard."""
        self._vacant = asyncio.Event()
        """Set when a leader has resigned."""
        self._seek = asyncio.Event()
        """Set when a camera may wait for its lease."""
        self.is_leader = False
        """Whether this box leads the fleet."""

    @property
    def held(self) -> frozenset[str]:
        """Return the cameras whose lease this box has."""
        return frozenset(key.partition(".")[2] for key in self._leases.held if key.startswith("lease."))

    def stop(self) -> None:
        """End `run`: the leases are released."""
        self._stopping.set()

    async def run(self) -> None:
        """Take part until `stop`."""
        async with asyncio.TaskGroup() as tasks:
            own = [tasks.create_task(self._keep_running()), tasks.create_task(self._watch_clock())]
            wait_s = RETRY_S[0]
            while not self._stopping.is_set():
                try:
                    store = await self._connect()
                except InputError as error:
                    self._say(logging.WARNING, f"fleet: the NATS server cannot be reached ({error})")
                else:
                    wait_s = RETRY_S[0]
                    try:
                        await self._serve(store)
                    finally:
                        await store.close()
                await _until(self._stopping, wait_s * (1 + random.random()), keep=True)
                wait_s = min(2 * wait_s, RETRY_S[1])
            for task in own:
                task.cancel()

    async def _serve(self, store: Store) -> None:
        """Take part over one connection, until it breaks."""
        if store.ttl_s != self._ttl_s:
            log.warning("fleet: ttl_s is %g in this fleet, not %g", store.ttl_s, self._ttl_s)
            self._ttl_s = store.ttl_s
            self._leases = Leases(store.ttl_s)
        try:
            await store.on_nudge(self._box, self._reread.set)
            self._led_ns = 0
            await store.listen(f"{store.leases.prefix}{LEADER}", self._hear_leader)
            await self._register(store)
            await self._read_plan(store)
        except (Unreachable, Refused) as error:
            self._say(logging.WARNING, f"fleet: {error}")
            return
        self._say(logging.INFO, f"fleet: this box is {self._box}")
        loops = [self._renew, self._take, self._follow_plan, self._lead, self._compare_clocks]
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
            self.is_leader = False
        if self._stopping.is_set():
            await self._leave(store)
        elif store.broken.is_set():
            self._say(logging.WARNING, "fleet: the NATS server has disconnected")

    async def _repeat(self, work: Callable[[Store], Coroutine[Any, Any, None]], store: Store) -> None:
        """Do some work without end; a request that was not answered is repeated, while the leases run out."""
        while True:
            try:
                await work(store)
            except NameTaken as error:
                self._say(logging.WARNING, f"fleet: {error}")
            except Unreachable:
                if not store.broken.is_set():
                    self._say(logging.WARNING, SILENT)
            await asyncio.sleep(POLL_S)

    async def _register(self, store: Store) -> None:
        """Store this box's record, unless another box has its name.

        Raises:
            NameTaken: Another box has the name.
            Unreachable: The server does not answer.
        """
        key = f"box.{self._box}"
        if key in self._leases.held:
            return
        if (found := await self._acquire(store, key)) is None:
            raise NameTaken(
                f"expected a box name of this machine alone, found another box {self._box}, or this one before its"
                f" restart: trying again until its record is forgotten ({store.ttl_s:g} s)"
            )
        self._leases.granted(key, *found)

    async def _acquire(self, store: Store, key: str) -> tuple[int, int] | None:
        """Take a lease, or renew one that this process already has; return its revision and when this was asked.

        None: somebody else has it.

        Raises:
            Unreachable: The server does not answer.
        """
        sent_ns = now_ns()
        try:
            return await store.leases.create(key, self._value(key)), sent_ns
        except Refused:
            entry = await store.leases.get(key)
            mine = entry.read(Owned) if entry else None
            if entry is None or mine is None or mine.session != self._session:
                return None
            # ours: the answer to an earlier request was lost; how long ago the server stored it is not known
            sent_ns = now_ns()
            try:
                return await store.leases.update(key, self._value(key), entry.revision), sent_ns
            except Refused:
                return None

    def _value(self, key: str) -> Record:
        if not key.startswith("box."):
            return Lease(box=self._box, session=self._session)
        held, offset = self.held, self._clock.offset
        return Box(
            session=self._session,
            capacity=self._cameras.capacity(),
            holds=tuple(sorted(held)),
            ready=tuple(sorted(self._cameras.ready - held)),
            refuses=dict(self._cameras.refused),
            states=dict(self._cameras.states),
            page=self._page,
            clock_s=offset.seconds if offset else None,
            clock_error_s=offset.error_s if offset else 0.0,
            clocks=dict(self._cameras.clocks),
        )

    def _has_news(self) -> bool:
        """Return whether this box's record has changed by more than clocks, which never stand still."""
        now, told = (
            replace(one, clock_s=None, clock_error_s=0.0, clocks={}) if isinstance(one, Box) else one
            for one in (self._value(f"box.{self._box}"), self._told)
        )
        return now != told

    async def _renew(self, store: Store) -> None:
        """Renew each lease in time, and the record of this box also when it has changed."""
        if not self._cameras.healthy:
            return
        key = f"box.{self._box}"
        due = set(self._leases.due(now_ns()))
        if key in self._leases.held and self._has_news():
            self._told = self._value(key)
            due.add(key)
        records = [(name, self._value(name), self._leases.held[name].revision) for name in sorted(due)]
        sent_ns = now_ns()
        answers = await store.leases.update_all(records)
        for (name, _, _), answer in zip(records, answers, strict=True):
            await self._note_renewal(store, name, answer, sent_ns)
        if key not in self._leases.held:
            await self._register(store)
        if any(isinstance(answer, Unreachable) for answer in answers):
            self._say(logging.WARNING, SILENT)
            return
        next_ns = self._leases.next_ns()
        wait_s = PLAN_S if next_ns is None else (next_ns - now_ns()) / 1e9
        await _until(self._tell, max(0.0, wait_s))

    async def _note_renewal(self, store: Store, key: str, answer: int | Refused | Unreachable, sent_ns: int) -> None:
        held = self._leases.held.get(key)
        if isinstance(answer, int):
            if held:
                self._grant(key, answer, sent_ns)
            else:  # it ended meanwhile: nobody has to wait for it
                await self._release_record(store, key, answer)
        elif isinstance(answer, Refused) and held:
            # ours, if the answer to an earlier renewal was lost
            entry = await store.leases.get(key)
            mine = entry.read(Owned) if entry else None
            if entry is None or mine is None or mine.session != self._session:
                self._lose(key, "its renewal was refused")
            elif key in self._leases.held:
                self._leases.granted(key, entry.revision, held.sent_ns)

    def _grant(self, key: str, revision: int, sent_ns: int) -> None:
        end_ns = self._leases.granted(key, revision, sent_ns)
        kind, _, camera = key.partition(".")
        if kind == "lease":
            self._cameras.open(camera, end_ns)

    def _lose(self, key: str, why: str) -> None:
        self._leases.dropped(key)
        kind, _, camera = key.partition(".")
        if kind == "lease":
            self._cameras.shut(camera)
            self._ended.add(camera)
            self._changed.set()
            log.warning("fleet: stopping the camera %s: %s", camera, why)

    async def _watch_clock(self) -> None:
        """End leases that were not renewed in time; their fences have closed by themselves."""
        while True:
            for key in self._leases.take_ended(now_ns()):
                self._lose(key, f"its lease was not renewed within {self._ttl_s:g} s")
            await asyncio.sleep(self._ttl_s / WATCHES)

    async def _take(self, store: Store) -> None:
        """Take the lease of each camera that waits here for it."""
        held = self.held
        waiting = [
            camera
            for camera in sorted(self._cameras.running)
            if camera in self._plan.cameras and camera not in held and camera not in self._ended
        ]
        room = max(0, self._cameras.capacity() - len(held))
        await asyncio.gather(*(self._take_one(store, camera) for camera in waiting[:room]))
        if not waiting:
            await _until(self._seek, PLAN_S)

    async def _take_one(self, store: Store, camera: str) -> None:
        key = f"lease.{camera}"
        if found := await self._acquire(store, key):
            self._grant(key, *found)

    async def _follow_plan(self, store: Store) -> None:
        """Read the plan, and release leases of cameras that are no longer in it."""
        for camera in sorted(self.held - self._plan.cameras.keys()):
            await self._release(store, camera)
        await _until(self._reread, store.ttl_s / RENEWALS)
        await self._read_plan(store)

    async def _read_plan(self, store: Store) -> None:
        entry = await store.fleet.get(f"plan.{self._box}")
        plan = (entry.read(Plan) if entry else None) or Plan()
        self._planned_ns = now_ns()
        if plan != self._plan:
            self._plan = plan
            self._changed.set()

    async def _release(self, store: Store, camera: str) -> None:
        """Stop a camera in order, and release its lease, so that another box can take it at once."""
        self._ended.add(camera)
        self._changed.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                while camera in self._cameras.running:
                    await asyncio.sleep(POLL_S / 2)
                # its last frame, which says that it has ended, is still on its way to the outputs
                await asyncio.sleep(LAST_S)
        self._cameras.shut(camera)
        key = f"lease.{camera}"
        if held := self._leases.dropped(key):
            await self._release_record(store, key, held.revision)

    async def _release_record(self, store: Store, key: str, revision: int) -> None:
        with contextlib.suppress(Refused):
            await store.leases.delete(key, revision)

    async def _keep_running(self) -> None:
        """Keep the cameras of the plan running, behind closed fences until their lease is taken."""
        while True:
            await _until(self._changed, PLAN_S)
            fresh = now_ns() - self._planned_ns < self._ttl_s * 1e9
            wanted = self._plan.cameras if fresh else {}
            room = self._cameras.capacity()
            # those it holds first
            held = self.held
            chosen = sorted(wanted, key=lambda name: (name not in held, name))[:room]
            ended = set(self._ended)
            await self._cameras.want({name: wanted[name] for name in chosen if name not in ended}, ended)
            self._ended -= ended
            if ended:
                self._changed.set()
            self._seek.set()
            await self._cameras.look()
            if self._has_news():
                self._tell.set()

    async def _lead(self, store: Store) -> None:
        """Lead the fleet while nobody else does."""
        # the leader's renewals are heard here, too
        while (wait_s := (self._led_ns - now_ns()) / 1e9 + store.ttl_s) > 0 and self._late(LEADER):
            await _until(self._vacant, wait_s)
        await asyncio.sleep(random.random() * POLL_S)
        if await self._is_elected(store):
            self.is_leader = True
            log.info("fleet: %s leads the fleet", self._box)
            try:
                await Leader(store, lambda: not self._late(LEADER)).lead()
            except Refused as error:
                self._say(logging.WARNING, f"fleet: leading ended: {error}")
            finally:
                self.is_leader = False
            if held := self._leases.dropped(LEADER):
                await self._release_record(store, LEADER, held.revision)
        await asyncio.sleep(2 * POLL_S)

    def _hear_leader(self, subject: str, content: bytes) -> None:
        """Note a renewal of the leader; without content it has resigned."""
        self._led_ns = now_ns() if content else 0
        if not content:
            self._vacant.set()

    async def _is_elected(self, store: Store) -> bool:
        if not self._late(LEADER):
            return True  # since before the connection broke
        if await store.leases.get(LEADER) is not None:
            return False
        sent_ns = now_ns()
        try:
            self._leases.granted(LEADER, await store.leases.create(LEADER, self._value(LEADER)), sent_ns)
        except Refused:
            return False
        return True

    def _late(self, key: str) -> bool:
        held = self._leases.held.get(key)
        return held is None or now_ns() >= held.end_ns

    async def _compare_clocks(self, store: Store) -> None:
        await self._clock.measure(store, self._box)
        await asyncio.sleep(EVERY_S)

    async def _show_fleet(self, store: Store) -> None:
        if self._show:
            await self._show(store)
        await asyncio.sleep(SHOW_S)

    async def _leave(self, store: Store) -> None:
        """Release everything."""
        for camera in self.held:
            self._cameras.shut(camera)
        held = dict(self._leases.held)
        for key in held:
            self._leases.dropped(key)
        with contextlib.suppress(EmobotError):
            # the record of this box last: then all its leases are free
            for key in sorted(held, key=lambda one: one.startswith("box.")):
                await self._release_record(store, key, held[key].revision)

    def _say(self, level: int, text: str) -> None:
        """Log changes, not each attempt."""
        if text != self._said:
            self._said = text
            log.log(level, "%s", text)


async def _until(event: asyncio.Event, seconds: float, *, keep: bool = False) -> None:
    """Wait for an event, at most for some seconds, and clear it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    if not keep:
        event.clear()
