"""`fleet`: many simulated boxes and cameras at one NATS server, and boxes that die."""

import asyncio
import contextlib
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
import psutil
from msgspec import Meta

from benchmarks.base import Benchmark, Fields
from benchmarks.fleet.broker import Broker, Reading
from benchmarks.harness import digits, quantiles
from pipeline.errors import EmobotError
from pipeline.fleet.records import Camera
from pipeline.fleet.server.store import Store
from pipeline.transport.nats.server import parse_server

PROCESSES = 2
"""Processes for the boxes."""
ROOM = 1.2
"""Capacity of a box, as a multiple of the cameras it has on average."""
DYING = 0.05
"""Part of the boxes that die."""
PATIENCE_S = 240.0
"""Seconds to wait until all cameras run."""


class Fleet(Benchmark):
    """Boxes with ten cameras each at one server on loopback; 5 % of them die.

    The agents, their connections and the server are real; cameras take no time. All of them share this machine's cores.

    Args:
        boxes: Numbers of boxes.
        seconds: Seconds of undisturbed operation that are measured.
        minutes: Minutes in which the boxes die.
        ttl_s: Ttl of the leases.
        seed: Chooses the boxes that die.
    """

    scope = "end to end"
    pace = "real time"

    def __init__(
        self,
        *,
        boxes: Annotated[tuple[Annotated[int, Meta(ge=2, le=10_000)], ...], Meta(min_length=1)] = (1000,),
        seconds: Annotated[float, Meta(ge=1)] = 20.0,
        minutes: Annotated[float, Meta(gt=0)] = 1.0,
        ttl_s: Annotated[float, Meta(ge=1, le=600)] = 10.0,
        seed: Annotated[int, Meta(ge=0)] = 0,
    ) -> None:
        self._boxes, self._seconds, self._minutes, self._ttl_s, self._seed = boxes, seconds, minutes, ttl_s, seed

    def run(self) -> dict[str, Any]:
        """Run each size."""
        return {"ttl_s": self._ttl_s, "minutes": self._minutes, "sizes": [self._size(n) for n in self._boxes]}

    def _size(self, boxes: int) -> dict[str, Any]:
        cameras = 10 * boxes
        with Broker() as broker, _Boxes(broker.url, boxes, self._ttl_s) as simulated:
            asyncio.run(_add(broker.url, cameras, self._ttl_s))
            placed_s = simulated.wait(lambda: len(simulated.holders) == cameras, "all cameras run")
            time.sleep(self._ttl_s)  # the leases' renewals spread
            quiet = _Between(broker.read(), simulated.cpu_s())
            time.sleep(self._seconds)
            quiet.end(broker.read(), simulated.cpu_s())
            dying = random.Random(self._seed).sample(range(boxes), max(1, round(DYING * boxes)))
            busy = _Between(broker.read(), simulated.cpu_s())
            for number in dying:
                simulated.kill(number)
                time.sleep(60 * self._minutes / len(dying))
            busy.end(broker.read(), simulated.cpu_s())
            dead = set(dying)
            simulated.wait(
                lambda: (
                    not any(box in dead for box in simulated.holders.values()) and len(simulated.holders) == cameras
                ),
                "all cameras run again",
            )
            away = simulated.away_s()
            return {
                "boxes": boxes,
                "cameras": cameras,
                "died": len(dying),
                "moved": len(away),
                "placed_s": placed_s,
                "away_s": dict(zip(("p50", "p99", "max"), quantiles(away, (0.5, 0.99, 1.0)), strict=True)),
                "all_away_s": [round(one, 3) for one in sorted(away)],
                "lost_otherwise": simulated.lost,
                "lag_s": simulated.lag_s,
                "quiet": quiet.fields(),
                "dying": busy.fields(),
            }

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return one row per size."""
        head = ("boxes", "cameras", "messages/s", "server, cores", "server, MiB", "boxes, cores")
        return [
            (*head, "away p50, s", "max, s", "late boxes, s"),
            *(
                (
                    str(one["boxes"]),
                    str(one["cameras"]),
                    digits(one["quiet"]["messages_in"] + one["quiet"]["messages_out"]),
                    digits(one["quiet"]["server_cores"]),
                    digits(one["dying"]["memory_mib"]),
                    digits(one["quiet"]["boxes_cores"]),
                    digits(one["away_s"]["p50"]),
                    digits(one["away_s"]["max"]),
                    digits(one["lag_s"]),
                )
                for one in fields["sizes"]
            ),
        ]

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot how long cameras are away, and what the server does."""
        left, right = figure.subplots(1, 2)
        for one in fields["sizes"]:
            away = one["all_away_s"]
            left.plot(away, [(n + 1) / len(away) for n in range(len(away))], label=f"{one['boxes']} boxes")
        left.axvline(fields["ttl_s"], color="0.6", linestyle=":")
        left.axvline(fields["ttl_s"] + 5, color="0.6", linestyle="--")
        left.set_xlabel("seconds away (dotted: ttl, dashed: ttl + 5 s)")
        left.set_ylabel("part of the cameras of dead boxes")
        left.set_xlim(left=0)
        left.legend()
        sizes = [one["boxes"] for one in fields["sizes"]]
        rates = [(one["quiet"]["messages_in"] + one["quiet"]["messages_out"]) for one in fields["sizes"]]
        right.plot(sizes, rates, "o-", label="messages/s")
        right.set_xlabel("boxes, ten cameras each")
        right.set_ylabel("messages per second at the server")
        right.set_xlim(left=0)
        right.set_ylim(bottom=0)
        cores = right.twinx()
        cores.plot(sizes, [one["quiet"]["server_cores"] for one in fields["sizes"]], "s--", color="tab:orange")
        cores.set_ylabel("cores of the server (dashed)")
        cores.set_ylim(bottom=0)
        figure.suptitle(f"fleet: 5 % of the boxes die in {fields['minutes']:g} min, ttl {fields['ttl_s']:g} s")


class _Between:
    """What server and boxes do between two times."""

    def __init__(self, server: Reading, boxes_s: float) -> None:
        self._first, self._boxes_s = server, boxes_s
        self._last = server

    def end(self, server: Reading, boxes_s: float) -> None:
        self._last, self._boxes_s = server, boxes_s - self._boxes_s

    def fields(self) -> dict[str, float]:
        seconds = self._last.at_s - self._first.at_s
        return {
            "seconds": seconds,
            "messages_in": (self._last.messages_in - self._first.messages_in) / seconds,
            "messages_out": (self._last.messages_out - self._first.messages_out) / seconds,
            "server_cores": (self._last.cpu_s - self._first.cpu_s) / seconds,
            "memory_mib": self._last.memory_mib,
            "boxes_cores": self._boxes_s / seconds,
        }


class _Boxes:
    """The processes of the simulated boxes, and who holds which camera."""

    def __init__(self, url: str, boxes: int, ttl_s: float) -> None:
        self.holders: dict[str, int] = {}
        """Number of the box that holds each camera, or held it last when it died."""
        self.lost = 0
        """Leases that living boxes have lost."""
        self.lag_s = 0.0
        self._died_s: dict[int, float] = {}
        self._away: list[float] = []
        self._started_s = time.monotonic()
        counts = [boxes // PROCESSES + (n < boxes % PROCESSES) for n in range(PROCESSES)]
        self._firsts = [sum(counts[:n]) for n in range(PROCESSES)]
        self._processes = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "benchmarks.fleet.boxes",
                    url,
                    str(first),
                    str(count),
                    str(int(10 * ROOM)),
                    str(ttl_s),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for first, count in zip(self._firsts, counts, strict=True)
        ]
        self._threads = [threading.Thread(target=self._listen, args=(one,), daemon=True) for one in self._processes]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> "_Boxes":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            with contextlib.suppress(OSError):
                assert process.stdin
                process.stdin.close()
            process.kill()
            process.wait()
        for thread in self._threads:
            thread.join()

    def kill(self, box: int) -> None:
        """Let a box die."""
        process = next(p for p, first in reversed([*zip(self._processes, self._firsts, strict=True)]) if box >= first)
        assert process.stdin
        process.stdin.write(f"{box}\n".encode())
        process.stdin.flush()

    def cpu_s(self) -> float:
        """Return the CPU seconds of all boxes."""
        times = [psutil.Process(process.pid).cpu_times() for process in self._processes]
        return sum(float(one.user + one.system) for one in times)

    def away_s(self) -> list[float]:
        """Return for how long each camera of a dead box was away, seconds."""
        return list(self._away)

    def wait(self, condition: Callable[[], bool], what: str) -> float:
        """Wait for a condition; return the seconds since the start of the boxes.

        Raises:
            EmobotError: It does not come true.
        """
        end_s = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > end_s:
                raise EmobotError(f"expected that {what} within {PATIENCE_S:g} s, found {len(self.holders)} that do")
            time.sleep(0.1)
        return time.monotonic() - self._started_s

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout
        for line in process.stdout:
            said = msgspec.json.decode(line)
            if "lag_s" in said:
                self.lag_s = max(self.lag_s, said["lag_s"])
            elif "died_s" in said:
                self._died_s[said["box"]] = said["died_s"]
            elif "lost_s" in said:
                self.lost += 1
            else:
                before = self.holders.get(said["camera"])
                if before in self._died_s:
                    self._away.append(said["took_s"] - self._died_s[before])
                self.holders[said["camera"]] = said["box"]


async def _add(url: str, cameras: int, ttl_s: float) -> None:
    store = await Store.open(parse_server(url), "bench", ttl_s)
    try:
        for first in range(0, cameras, 500):
            some = range(first, min(first + 500, cameras))
            await asyncio.gather(*(store.fleet.put(f"camera.c{n}", Camera(options={"source": "demo"})) for n in some))
    finally:
        await store.close()
