"""Boxes of a fleet: real runs with stages that take no time, and a real NATS server."""

import asyncio
import itertools
import os
import shutil
import signal
from collections.abc import Callable, Collection
from pathlib import Path

import psutil

from pipeline.cli.fleet.commands import add
from pipeline.errors import EmobotError
from pipeline.fleet.report import read_fleet
from pipeline.fleet.server.store import Store
from pipeline.fleet.view import FleetView
from pipeline.supervision.workplace import is_locked, tmpfs
from pipeline.transport.nats.server import parse_server
from tests.support.fleet.server import NatsServer
from tests.support.plans import STUBS
from tests.support.small_runs import SmallRun, trunk
from tests.support.waiting import until

TTL_S = 1.0
CAPACITY = 3


class Box(SmallRun):
    """One box, with an output that notes every frame it gets.

    Args:
        path: Folder for its config and its output.
        name: Its name.
        nats: Address of the server.
    """

    def __init__(self, path: Path, name: str, nats: str) -> None:
        path.mkdir()
        self.name = name
        self._frozen: list[psutil.Process] = []
        super().__init__(
            path,
            f"""
[fleet]
nats = "{nats}"
box = "{name}"
capacity = {CAPACITY}
ttl_s = {TTL_S}
any_source = true
{trunk()}
[output.w]
use = "{STUBS}:Stamp"
path = "{path}/frames.txt"
""",
        )

    def freeze(self) -> None:
        """Stop every process of it, as a suspended or swapping machine does."""
        own = psutil.Process(self.process.pid)
        self._frozen = [own, *own.children(recursive=True)]
        for process in self._frozen:
            process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it continue."""
        for process in self._frozen:
            process.send_signal(signal.SIGCONT)
        self._frozen = []

    def kill(self) -> None:
        """End it at once, and all its processes with it."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for directory in tmpfs().glob(f"emobot-{self.process.pid}-*"):
            until(lambda path=directory: not is_locked(path))  # type: ignore[misc]
            shutil.rmtree(directory, ignore_errors=True)  # another box may sweep it at the same time

    def frames(self) -> list[tuple[str, float]]:
        """Return camera and time of each frame that reached its output."""
        return [(str(one["camera"]), float(str(one["at_s"]))) for one in self.lines("frames.txt")]


class Fleet:
    """A server and boxes.

    Args:
        path: Folder for all of them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.server = NatsServer(path)
        self.server.start()
        self.boxes: dict[str, Box] = {}

    def start(self, *names: str) -> None:
        """Start boxes."""
        for name in names:
            self.boxes[name] = Box(self._path / name, name, self.server.url)

    def add(self, *cameras: str) -> None:
        """Add cameras with 25 frames a second, as a user does."""
        options = [f'use="{STUBS}:Numbers"', "frames=1000000", "lossless=false", "fps=25"]
        for camera in cameras:
            add(camera, "numbers", options, config=self._path / "none.toml", nats=self.server.url)

    def state(self) -> FleetView:
        """Return its state; nothing while the server cannot be reached."""

        async def read() -> FleetView:
            store = await Store.open(parse_server(self.server.url), "emobot")
            try:
                return await read_fleet(store)
            finally:
                await store.close()

        try:
            return asyncio.run(read())
        except EmobotError:
            return FleetView(cameras=[], boxes=[])

    def until(self, condition: Callable[[FleetView], bool]) -> None:
        """Wait until its state is as wanted; no box may be above its capacity meanwhile."""

        def looks_right() -> bool:
            state = self.state()
            assert all(box.cameras <= box.capacity for box in state.boxes), state
            return condition(state)

        until(looks_right, self.log, 60.0)

    def until_runs(self, cameras: Collection[str], on: Collection[str]) -> None:
        """Wait until cameras run on some of the boxes."""
        self.until(lambda state: {c.name for c in state.cameras if c.box in on and c.state == "live"} >= {*cameras})

    def of(self, box: str) -> set[str]:
        """Return the cameras of a box."""
        return {camera.name for camera in self.state().cameras if camera.box == box}

    def switches(self) -> dict[str, list[str]]:
        """Return the boxes that each camera's frames came from, in order, without repetitions."""
        frames = sorted((at_s, camera, box.name) for box in self.boxes.values() for camera, at_s in box.frames())
        cameras = sorted({camera for _, camera, _ in frames})
        return {one: [name for name, _ in itertools.groupby(b for _, c, b in frames if c == one)] for one in cameras}

    def longest_gap_s(self, camera: str, since_s: float) -> float:
        """Return the longest time without a frame of a camera since a time, UNIX seconds."""
        times = sorted(at_s for box in self.boxes.values() for one, at_s in box.frames() if one == camera)
        return max((b - a for a, b in itertools.pairwise(times) if b > since_s), default=0.0)

    def log(self) -> str:
        """Return what the boxes have logged."""
        return repr(self.state()) + "".join(f"\n== {one.name}\n{one.log()}" for one in self.boxes.values())

    def stop(self) -> None:
        """Stop everything."""
        for box in self.boxes.values():
            box.thaw()
            box.process.terminate()
        for box in self.boxes.values():
            # not `stop`: a second SIGTERM may interrupt the removal of the run's directory
            box.end(20.0)
        self.server.stop()
