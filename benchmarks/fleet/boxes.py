"""Simulated boxes: the real agents, each with its own connection, and cameras that take no time.

A process runs some of them. It writes a line of JSON for each lease taken, and ends boxes whose numbers it reads.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from pipeline.fleet.agent.agent import Agent
from pipeline.fleet.server.store import Store
from pipeline.transport.nats.server import parse_server

LAG_S = 0.1
"""Seconds between two measurements of this process's own lateness."""


class Cameras:
    """The cameras of a simulated box: they run at once.

    Args:
        box: Number of the box.
        capacity: Maximum number.
    """

    healthy = True

    def __init__(self, box: int, capacity: int) -> None:
        self._box, self._capacity = box, capacity
        self._running: dict[str, dict[str, Any]] = {}
        self._open: set[str] = set()

    @property
    def running(self) -> Mapping[str, dict[str, Any]]:
        """Return the options of each, by name."""
        return self._running

    @property
    def refused(self) -> Mapping[str, str]:
        """Return nothing."""
        return {}

    @property
    def states(self) -> Mapping[str, str]:
        """Return the state of each."""
        return dict.fromkeys(self._running, "live")

    @property
    def clocks(self) -> Mapping[str, float]:
        """Return nothing: they give no time."""
        return {}

    @property
    def ready(self) -> frozenset[str]:
        """Return all."""
        return frozenset(self._running)

    def capacity(self) -> int:
        """Return the maximum number."""
        return self._capacity

    async def want(self, cameras: Mapping[str, dict[str, Any]], ended: set[str]) -> None:
        """Run these."""
        self._running = {name: keys for name, keys in cameras.items() if name not in ended}

    async def look(self) -> None:
        """Do nothing."""

    def open(self, camera: str, end_ns: int) -> None:
        """Report a lease when it is taken."""
        if camera not in self._open:
            self._open.add(camera)
            say(box=self._box, camera=camera, took_s=time.time())

    def shut(self, camera: str) -> None:
        """Report a lease when it is over."""
        self._open.discard(camera)
        say(box=self._box, camera=camera, lost_s=time.time())


def say(**fields: object) -> None:
    """Write a line of JSON."""
    sys.stdout.buffer.write(msgspec.json.encode(fields) + b"\n")
    sys.stdout.buffer.flush()


async def run(url: str, first: int, count: int, capacity: int, ttl_s: float) -> None:
    """Run boxes until the input ends."""
    server = parse_server(url)

    async def connect() -> Store:
        return await Store.open(server, "bench", ttl_s)

    agents = {n: Agent(f"box{n}", ttl_s, connect, Cameras(n, capacity)) for n in range(first, first + count)}
    tasks = {n: asyncio.ensure_future(agent.run()) for n, agent in agents.items()}
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    lag = asyncio.ensure_future(_measure_lag())
    while line := await reader.readline():
        number = int(line)
        tasks.pop(number).cancel()  # nothing is released
        say(box=number, died_s=time.time())
    lag.cancel()
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


async def _measure_lag() -> None:
    """Report every five seconds by how much this process was late at most: then it is what limits the fleet."""
    worst, due_s = 0.0, time.monotonic() + 5
    while True:
        at_s = time.monotonic()
        await asyncio.sleep(LAG_S)
        worst = max(worst, time.monotonic() - at_s - LAG_S)
        if time.monotonic() > due_s:
            say(lag_s=worst)
            worst, due_s = 0.0, time.monotonic() + 5


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # a line for each camera that is lost
    address, *numbers, seconds = sys.argv[1:]
    first_, count_, capacity_ = map(int, numbers)
    asyncio.run(run(address, first_, count_, capacity_, float(seconds)))
