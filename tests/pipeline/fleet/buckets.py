"""A fleet's buckets in memory, and a box without a run."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any

import msgspec

from pipeline.errors import InputError
from pipeline.fleet.records import Plan, Record
from pipeline.fleet.server.answers import Refused, Unreachable
from pipeline.fleet.server.bucket import Entry


class MemoryBucket:
    """A bucket.

    Args:
        prefix: Of its subjects.
        ttl_s: Seconds after which it forgets a record; 0: never.
        tell: Called with each record that is written.
    """

    def __init__(self, prefix: str, ttl_s: float, tell: Callable[[str, bytes], None]) -> None:
        self.prefix = prefix
        self.mute = False
        """Whether answers are lost: requests are carried out all the same."""
        self.cut = False
        """Whether requests are lost."""
        self.written: Counter[str] = Counter()
        """How often each record was written."""
        self.asked = 0
        """How often a record was asked for."""
        self._ttl_s, self._tell = ttl_s, tell
        self._records: dict[str, tuple[bytes, int, float, float]] = {}
        self._revision = 0
        self._watchers: list[asyncio.Queue[Entry]] = []

    def read(self, key: str, kind: type[Any]) -> Any:
        """Return a record; None if there is none."""
        found = self._find(key)
        return found.read(kind) if found else None

    def write(self, key: str, value: Record | None) -> int:
        """Write a record, or delete it, as somebody else."""
        self._revision += 1
        self.written[key] += 1
        content = b"" if value is None else msgspec.json.encode(value)
        if value is None:
            self._records.pop(key, None)
        else:
            self._records[key] = content, self._revision, time.monotonic(), time.time()
        self._tell(f"{self.prefix}{key}", content)
        for watcher in self._watchers:
            watcher.put_nowait(Entry(key, content, self._revision))
        return self._revision

    async def get(self, key: str) -> Entry | None:
        """See `Bucket`."""
        self.asked += 1
        self._check(key)
        return self._answer(self._find(key))

    async def create(self, key: str, value: Record) -> int:
        """See `Bucket`."""
        return await self.update(key, value, 0)

    async def update(self, key: str, value: Record, revision: int) -> int:
        """See `Bucket`."""
        if self.cut:
            raise Unreachable("cut")
        self._check(key)
        found = self._find(key)
        if (found.revision if found else 0) != revision:
            raise Refused("wrong revision")
        return self._answer(self.write(key, value))

    async def update_all(self, records: Sequence[tuple[str, Record, int]]) -> list[int | Refused | Unreachable]:
        """See `Bucket`."""
        answers: list[int | Refused | Unreachable] = []
        for key, value, revision in records:
            try:
                answers.append(await self.update(key, value, revision))
            except (Refused, Unreachable) as error:
                answers.append(error)
        return answers

    async def put(self, key: str, value: Record) -> int:
        """See `Bucket`."""
        return self._answer(self.write(key, value))

    async def stored_at(self, revision: int) -> float | None:
        """See `Bucket`."""
        return self._answer(next((wall_s for _, one, _, wall_s in self._records.values() if one == revision), None))

    async def delete(self, key: str, revision: int | None = None) -> None:
        """See `Bucket`."""
        found = self._find(key)
        if revision is not None and (found is None or found.revision != revision):
            raise Refused("wrong revision")
        self.write(key, None)

    async def entries(self, keys: str = "*") -> list[Entry]:
        """See `Bucket`."""
        return [one for key in list(self._records) if fnmatch(key, keys) and (one := self._find(key))]

    async def watch(self, keys: str = "*") -> AsyncGenerator[Entry | None, None]:
        """See `Bucket`."""
        queue: asyncio.Queue[Entry] = asyncio.Queue()
        for entry in await self.entries(keys):
            yield entry
        self._watchers.append(queue)
        yield None
        while True:
            yield await queue.get()

    def _find(self, key: str) -> Entry | None:
        content, revision, at_s, _ = self._records.get(key, (b"", 0, 0.0, 0.0))
        if not revision or (self._ttl_s and time.monotonic() - at_s > self._ttl_s):
            return None
        return Entry(key, content, revision)

    def _check(self, key: str) -> None:
        if not re.fullmatch(r"[-/_=.A-Za-z0-9]+", key):
            raise Unreachable("the library refuses this key")

    def _answer(self, answer: Any) -> Any:
        if self.mute or self.cut:
            raise Unreachable("no answer")
        return answer


class MemoryStore:
    """The buckets of a fleet.

    Args:
        ttl_s: Of its leases.
    """

    def __init__(self, ttl_s: float) -> None:
        self.ttl_s = ttl_s
        self.connections = 0
        self.broken = asyncio.Event()
        self._listeners: list[tuple[str, Callable[[str, bytes], None]]] = []
        self.fleet = MemoryBucket("fleet.", 0.0, self._tell)
        self.leases = MemoryBucket("leases.", ttl_s, self._tell)

    def plan(self, box: str, *cameras: str) -> None:
        """Write a box's plan, and nudge it."""
        self.fleet.write(f"plan.{box}", Plan(cameras={camera: {"source": "demo"} for camera in cameras}))
        self._tell(f"nudge.{box}", b"")

    async def connect(self) -> "MemoryStore":
        """Return it, unless it is cut off."""
        self.connections += 1
        if self.leases.cut:
            raise InputError("cut")
        return self

    async def nudge(self, who: str) -> None:
        """See `Store`."""
        self._tell(f"nudge.{who}", b"")

    async def listen(self, subject: str, heard: Callable[[str, bytes], None]) -> None:
        """See `Store`."""
        self._listeners.append((subject, heard))

    async def on_nudge(self, who: str, call: Callable[[], None]) -> None:
        """See `Store`."""
        await self.listen(f"nudge.{who}", lambda subject, content: call())

    async def close(self) -> None:
        """See `Store`."""

    def _tell(self, subject: str, content: bytes) -> None:
        for pattern, heard in self._listeners:
            if fnmatch(subject, pattern):
                heard(subject, content)


class Box:
    """The cameras of a box without a run.

    Attributes:
        fences: Which fences are open, and until when.
        ended: Cameras that were stopped because their lease was over, in order.
    """

    healthy = True
    refused: Mapping[str, str] = {}

    def __init__(self, capacity: int = 10) -> None:
        self.running: dict[str, dict[str, Any]] = {}
        self.fences: dict[str, int] = {}
        self.ended: list[str] = []
        self._capacity = capacity

    @property
    def states(self) -> Mapping[str, str]:
        """Return the state of each camera."""
        return dict.fromkeys(self.running, "live")

    @property
    def clocks(self) -> Mapping[str, float]:
        """Return nothing: they give no time."""
        return {}

    @property
    def ready(self) -> frozenset[str]:
        """Return all of them."""
        return frozenset(self.running)

    def capacity(self) -> int:
        """Return how many it can run."""
        return self._capacity

    async def want(self, cameras: Mapping[str, dict[str, Any]], ended: set[str]) -> None:
        """Run these."""
        self.ended += sorted(ended & self.running.keys())
        self.running = {name: keys for name, keys in cameras.items() if name not in ended}

    async def look(self) -> None:
        """Do nothing."""

    def open(self, camera: str, end_ns: int) -> None:
        """Note an open fence."""
        self.fences[camera] = end_ns

    def shut(self, camera: str) -> None:
        """Note a closed one."""
        self.fences.pop(camera, None)
