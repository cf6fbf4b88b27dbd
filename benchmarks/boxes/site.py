"""The site: a broker, cameras, boxes, and a single box that watches all cameras beside them."""

import asyncio
import contextlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import psutil

from benchmarks.boxes.accounts import Told
from benchmarks.boxes.network import CAMERAS, EVENTS, LEASES, Network
from benchmarks.running import Running, Tables
from pipeline.errors import EmobotError, MissingPart
from pipeline.fleet.report import read_fleet
from pipeline.fleet.server.store import Store
from pipeline.fleet.view import FleetView
from pipeline.metrics import names
from pipeline.transport.nats.server import connect, disconnect, parse_server
from pipeline.transport.pubsub import Subscriber

PORT, RTSP_PORT = 4222, 8554
LOOK_S = 0.25
"""Seconds between two readings of the fleet."""
PATIENCE_S = 120.0
"""Seconds to wait for a state of the fleet."""
STREAM = "EMOBOT"
SINGLE = "single"
"""Name of the single box."""


class Site:
    """Everything but the disturbances: `with Site(...) as site: ...`.

    Args:
        network: The network.
        boxes: Names of the boxes.
        clips: Recordings that the cameras play.
        watched: Number of cameras that the single box watches.
        ttl_s: Ttl of the leases.
        capacity: Most cameras of a box.
        options: The stages' tables.
    """

    def __init__(
        self,
        network: Network,
        boxes: Sequence[str],
        clips: Sequence[Path],
        watched: int,
        ttl_s: float,
        capacity: int,
        options: Tables,
    ) -> None:
        self.network, self.names, self.ttl_s = network, tuple(boxes), ttl_s
        self.sources = {f"c{n}": f"rtsp://{CAMERAS}:{RTSP_PORT}/c{n}" for n in range(len(clips))}
        """Address of each camera."""
        self.boxes: dict[str, Running] = {}
        self.single: Running | None = None
        self.above_capacity = 0
        """Readings of the fleet in which a box had more cameras than its capacity."""
        self.dropped: Counter[str] = Counter()
        """Frames that boxes which ended have dropped, by cause."""
        self.reference: list[Told] = []
        """Events of the single box."""
        self._clips, self._watched, self._capacity, self._options = clips, watched, capacity, options
        self._folder = Path(tempfile.mkdtemp(prefix="emobot-bench-"))
        self._ends = contextlib.ExitStack()
        self._broker: subprocess.Popen[bytes] | None = None
        self._closing = threading.Event()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as ends:
            ends.callback(shutil.rmtree, self._folder, ignore_errors=True)
            self.start_broker()
            ends.callback(self.kill_broker)
            cameras = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.boxes.cameras", "0.0.0.0", str(RTSP_PORT), *map(str, self._clips)],
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            ends.callback(_end, cameras)
            for name in self.names:
                self.boxes[name] = self.start(name)
            ends.callback(self._stop_boxes)
            watched = list(self.sources)[: self._watched]
            tables = {name: {"source": self.sources[name], **_SOON} for name in watched}
            address = f"ipc://{self._folder}/events"
            output = {"events": {"kind": "events", "address": address}}
            self.single = ends.enter_context(Running({"camera": tables, **self._options, "output": output}))
            thread = threading.Thread(target=self._hear, args=(address,), name="single box")
            thread.start()
            ends.callback(thread.join)
            ends.callback(self._closing.set)
            self._ends = ends.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._ends.close()

    # boxes

    def start(self, name: str) -> Running:
        """Start a box."""
        fleet = {"nats": f"nats://{LEASES}", "box": name, "capacity": self._capacity, "ttl_s": self.ttl_s}
        output = {"kind": "nats", "server": f"nats://{EVENTS}", "box": name, "observations_hz": 0.0}
        return Running(
            {"fleet": fleet, **self._options, "output": {"all": output}}, within=self.network.within(name)
        ).__enter__()

    def kill(self, name: str) -> None:
        """End a box as a power cut does."""
        self.dropped += drops(self.boxes[name])
        processes = [process for _, process in self.boxes[name].processes()]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(processes[1:], timeout=PATIENCE_S)
        self.boxes[name].__exit__(None, None, None)

    def freeze(self, name: str) -> Callable[[], None]:
        """Stop all processes of a box; return what lets them continue."""
        processes = [process for _, process in self.boxes[name].processes()]
        for process in processes:
            process.send_signal(signal.SIGSTOP)

        def thaw() -> None:
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGCONT)

        return thaw

    def _stop_boxes(self) -> None:
        for run in self.boxes.values():
            run.__exit__(None, None, None)

    # the broker

    def start_broker(self) -> None:
        """Start the server, with the streams of the one before it."""
        found = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin")
        if not found:
            raise MissingPart("expected nats-server, found none: apt-get install nats-server")
        config = self._folder / "nats.conf"
        config.write_text(f'listen: "0.0.0.0:{PORT}"\njetstream {{ store_dir: "{self._folder}/streams" }}\n', "utf-8")
        with (self._folder / "nats.log").open("a", encoding="utf-8") as log:
            self._broker = subprocess.Popen([found, "-c", config], stdout=log, stderr=log)

    def kill_broker(self) -> None:
        """End the server by kill -9."""
        if self._broker:
            self._broker.kill()
            self._broker.wait()

    # the fleet

    def command(self, *words: str) -> str:
        """Run `emobot fleet ...`, and return what it printed.

        Raises:
            EmobotError: It failed.
        """
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", "fleet", *words, "--nats", f"nats://{LEASES}"],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )
        if done.returncode:
            raise EmobotError(f"expected `emobot fleet {' '.join(words)}` to work, found: {done.stdout}{done.stderr}")
        return done.stdout

    def state(self) -> FleetView:
        """Return the fleet's state; nothing while the server cannot be reached."""

        async def read() -> FleetView:
            store = await Store.open(parse_server(f"nats://{LEASES}"), "emobot")
            try:
                return await read_fleet(store)
            finally:
                await store.close()

        try:
            found = asyncio.run(read())
        except EmobotError:
            return FleetView(cameras=[], boxes=[])
        self.above_capacity += sum(box.cameras > box.capacity for box in found.boxes)
        return found

    def until(self, condition: Callable[[FleetView], bool], what: str) -> float:
        """Wait for a state of the fleet; return how long it took, seconds.

        Raises:
            EmobotError: It did not come.
        """
        began_s = time.monotonic()
        while not condition(state := self.state()):
            if time.monotonic() - began_s > PATIENCE_S:
                logs = "".join(f"\n== {name}\n{run.log()[-3000:]}" for name, run in self.boxes.items())
                raise EmobotError(f"expected that {what}, found {state}{logs}")
            time.sleep(LOOK_S)
        return time.monotonic() - began_s

    def until_runs(self, cameras: Collection[str], boxes: Collection[str]) -> float:
        """Wait until cameras are live on some of the boxes; return how long it took, seconds."""
        return self.until(
            lambda state: {one.name for one in state.cameras if one.box in boxes and one.state == "live"} >= {*cameras},
            f"{', '.join(cameras)} run on {', '.join(boxes)}",
        )

    def of(self, box: str) -> list[str]:
        """Return the cameras of a box."""
        return [camera.name for camera in self.state().cameras if camera.box == box]

    def fullest(self) -> str:
        """Return the box with most cameras, the last of them by name."""
        counts = {box: len(self.of(box)) for box in self.names}
        return max(counts, key=lambda box: (counts[box], box))

    # events

    def heard(self, camera: str) -> float:
        """Return the time of capture of the single box's last event of a camera, UNIX seconds; 0 without one."""
        return next((one.at_s for one in reversed(self.reference) if one.camera == camera), 0.0)

    def stored(self) -> list[Told]:
        """Return all events in the stream, in its order."""
        return asyncio.run(_stored())

    def _hear(self, address: str) -> None:
        with Subscriber(address, timeout_s=0.2) as events:
            while not self._closing.is_set():
                for _, event in events:
                    kind = str(event.__struct_config__.tag)
                    self.reference.append(
                        Told(SINGLE, "", event.camera, event.seq, kind, event.captured_at, event.published_at)
                    )
                    if self._closing.is_set():
                        break


_SOON = {"max_backoff_s": 1.0, "latency_ms": 20}
"""Options of the cameras: tried again soon, and without a long wait for packets, as on a local network."""


def drops(run: Running) -> Counter[str]:
    """Return the frames that a run has dropped before its outputs, by cause; not those without a lease."""
    found: Counter[str] = Counter()
    for labels, count in run.counts().rows(names.DROPPED):
        if labels["cause"] != "no lease":
            found[labels["cause"]] += round(count)
    return +found


def options_of(source: str) -> tuple[str, ...]:
    """Return what follows `emobot fleet add NAME` for a camera."""
    return source, *(f"{key}={value}" for key, value in _SOON.items())


async def _stored() -> list[Told]:
    client, _ = await connect(parse_server(f"nats://{EVENTS}"), lambda text: None, "emobot bench")
    try:
        context: Any = client.jetstream()
        left = (await context.stream_info(STREAM)).state.messages
        subscription = await context.subscribe(">", stream=STREAM, ordered_consumer=True)
        return [_told(await subscription.next_msg(timeout=PATIENCE_S)) for _ in range(left)]
    finally:
        await disconnect(client)


def _told(message: Any) -> Told:
    event = msgspec.json.decode(message.data)
    return Told(
        message.subject.split(".")[1],
        message.headers["Nats-Msg-Id"],
        event["camera"],
        event["seq"],
        event["type"],
        event["captured_at"],
        event["published_at"],
    )


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
