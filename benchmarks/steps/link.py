"""`link`: the cost of one hop between processes, with a shared-memory token or with pixels in the message."""

import multiprocessing
import os
import socket
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from benchmarks.base import Benchmark, Fields
from benchmarks.harness import Spread, digits, plain, spread
from pipeline.errors import EmobotError
from pipeline.messages import Box, Face, Frame
from pipeline.transport.link import Inlet, Outlet, Sockets
from pipeline.transport.ring import Ring, Rings
from pipeline.transport.slots import INLINE_HIGH_WATER_MARK

SIZES = ((854, 480), (1280, 720), (1920, 1080))
SLOTS = 8
"""Ring slots, as between two stages of a recording."""
PACE_HZ = 100.0
"""Frames per second of `real time`: about three cameras. At this rate every frame wakes the reader, unlike with a full
queue."""
FRAMES = 200
"""Frames per repetition as fast as possible; a paced repetition lasts one second."""
END_S = 20.0

Pixels = Literal["token", "inline"]
Pace = Literal["real time", "as fast as possible"]


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of both ends of a hop."""

    transport: Literal["ipc", "tcp"]
    pixels: Pixels
    pace: Pace
    width: int
    height: int
    frames: int
    address: str = ""
    directory: str = ""


class _Used(msgspec.Struct, frozen=True, kw_only=True):
    """The cost of one end, per frame."""

    cpu_ms: float
    write_ms: float = 0.0
    """CPU time of the copy into the ring, which a frame needs only once, not at every hop."""
    wall_s: float = 0.0


class Link(Benchmark):
    """One hop between two processes, through the `link`, `ring` and `wire` of `pipeline.transport`.

    The frame contains one face, as after detection. The reader maps the pixels and releases the slot, like a frame's
    last reader.

    Args:
        height: Only this height in pixels; 0 for 480, 720 and 1080.
        repetitions: Number of repetitions of each measurement.
    """

    scope = "isolated"
    pace = "real time and as fast as possible"

    def __init__(self, *, height: int = 0, repetitions: int = 5) -> None:
        self._sizes = [size for size in SIZES if height in (0, size[1])] or [(round(height * 8 / 9) * 2, height)]
        self._repetitions = repetitions

    def run(self) -> dict[str, Any]:
        """Measure every size, transport and pace."""
        ways = [
            {"transport": transport, "pixels": pixels, "pace": pace, "width": width, "height": height}
            for width, height in self._sizes
            for transport, pixels in (("ipc", "token"), ("ipc", "inline"), ("tcp", "inline"))
            for pace in ("real time", "as fast as possible")
        ]
        frames = {"real time": round(PACE_HZ), "as fast as possible": FRAMES}
        tasks = [msgspec.convert({**way, "frames": frames[str(way["pace"])]}, _Task) for way in ways]
        # each hop has its own processes; only the first one waits for libraries to load from disk
        _hop(tasks[0])
        results = [{**way, **self._measure(task)} for way, task in zip(ways, tasks, strict=True)]
        return {"unit": "frame", "paced_hz": PACE_HZ, "slots": SLOTS, "results": results}

    def _measure(self, task: _Task) -> dict[str, Any]:
        runs = [_hop(task) for _ in range(self._repetitions)]
        total: Spread = spread([sent.cpu_ms + received.cpu_ms for sent, received in runs])
        fps = spread([task.frames / received.wall_s for _, received in runs])
        return {
            "cpu_ms": plain(total),
            "send_ms": spread([sent.cpu_ms for sent, _ in runs]).median,
            "receive_ms": spread([received.cpu_ms for _, received in runs]).median,
            "write_ms": spread([sent.write_ms for sent, _ in runs]).median,
            "frames_per_s": fps.median,
            "mb_per_s": fps.median * task.width * task.height * 1.5 / 1e6,
        }

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return one row per size, transport and pace."""
        head = ("frame", "hop", "pace", "CPU ms per frame", "send + receive", "write, once", "frames/s", "MB/s")
        return [
            head,
            *(
                (
                    f"{r['height']}p",
                    f"{r['pixels']}, {r['transport']}",
                    r["pace"],
                    digits(r["cpu_ms"]["median"]),
                    f"{digits(r['send_ms'])} + {digits(r['receive_ms'])}",
                    digits(r["write_ms"]),
                    f"{r['frames_per_s']:,.0f}",
                    f"{r['mb_per_s']:,.0f}",
                )
                for r in fields["results"]
            ),
        ]

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot CPU time per frame over the size, one group per transport."""
        axes = figure.subplots()
        paced = [r for r in fields["results"] if r["pace"] == "real time"]
        heights = sorted({r["height"] for r in paced})
        ways = list(dict.fromkeys((r["pixels"], r["transport"]) for r in paced))
        for i, way in enumerate(ways):
            values = [
                r["cpu_ms"]["median"]
                for h in heights
                for r in paced
                if (r["height"], r["pixels"], r["transport"]) == (h, *way)
            ]
            at = np.arange(len(heights)) + (i - (len(ways) - 1) / 2) * 0.27
            bars = axes.bar(at, values, 0.25, label=f"{way[0]}, {way[1]}")
            axes.bar_label(bars, [digits(v) for v in values], padding=2, fontsize=8)
        axes.set_xticks(range(len(heights)), [f"{h}p" for h in heights])
        axes.set_ylabel("CPU of one hop, ms per frame")
        axes.margins(y=0.12)
        axes.legend()
        axes.set_title(f"link: one hop at {fields['paced_hz']:g} frames per second, sender and reader together")


def _hop(task: _Task) -> tuple[_Used, _Used]:
    """Run both ends in separate processes; return the cost of the sender and of the reader.

    Raises:
        EmobotError: One of them failed.
    """
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="emobot-", dir=_tmpfs()) as directory:
        address = f"ipc://{directory}/hop" if task.transport == "ipc" else f"tcp://127.0.0.1:{_port()}"
        task = msgspec.structs.replace(task, address=address, directory=directory)
        pipes = [spawn.Pipe(duplex=False) for _ in range(2)]
        ends = [
            spawn.Process(target=end, args=(task, pipe[1])) for end, pipe in zip((_send, _receive), pipes, strict=True)
        ]
        try:
            for end, (_, write) in zip(ends, pipes, strict=True):
                end.start()
                # so that a failing process ends the wait for its result
                write.close()
            sent, received = (_result(read, task) for read, _ in pipes)
            return sent, received
        finally:
            for end in ends:
                end.join(1.0)
                if end.is_alive():
                    end.kill()
                    end.join()


def _result(pipe: Connection, task: _Task) -> _Used:
    try:
        if pipe.poll(END_S):
            return msgspec.convert(pipe.recv(), _Used)
    except EOFError:
        pass
    raise EmobotError(f"expected a hop over {task.address} within {END_S:.0f} s, found that it failed")


def _send(task: _Task, result: Connection) -> None:
    picture = np.full((task.height * 3 // 2, task.width), 128, np.uint8)
    crops = np.zeros((1, 48, 48), np.uint8)
    face = Face(track=1, box=Box(x=600, y=300, width=80, height=80), score=0.9, crop=0, size=94.0, sharpness=100.0)
    base = Frame(
        camera="hop", lossless=True, width=task.width, height=task.height, fps=30.0, faces=(face,), crops=crops
    )
    ring = Ring.create(Path(task.directory) / "hop.1.ring", slots=SLOTS, slot_bytes=picture.size, readers=1)
    with Sockets():
        outlet = Outlet(task.address, Frame, INLINE_HIGH_WATER_MARK if task.pixels == "inline" else SLOTS * 2)
        write_s = 0.0
        # touch every page before measuring
        for slot in [ring.fill(picture, [0]) for _ in range(SLOTS)]:
            assert slot is not None
            ring.release(slot, [0])
        while not outlet.send(base, timeout_s=1.0):
            pass
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        for seq in range(task.frames):
            if task.pace == "real time":
                time.sleep(max(0.0, began_s + seq / PACE_HZ - time.monotonic()))
            at = time.thread_time()
            while (slot := ring.fill(picture, [0])) is None:
                time.sleep(0.001)
                at = time.thread_time()
            write_s += time.thread_time() - at
            frame = msgspec.structs.replace(base, seq=seq, captured_ns=time.time_ns(), pts_ns=seq)
            if task.pixels == "token":
                ring.deliver(slot, 0)
                frame = msgspec.structs.replace(frame, slot=slot)
            else:
                frame = msgspec.structs.replace(frame, pixels=ring.view(slot, task.height, task.width))
            while not outlet.send(frame, timeout_s=0.2):
                pass
            if task.pixels == "inline":
                ring.release(slot, [0])
        cpu_s = time.process_time() - began_cpu_s - write_s
    result.send(_Used(cpu_ms=cpu_s * 1e3 / task.frames, write_ms=write_s * 1e3 / task.frames))


def _receive(task: _Task, result: Connection) -> None:
    rings = Rings(Path(task.directory))
    with Sockets():
        inlet = Inlet(task.address, Frame, INLINE_HIGH_WATER_MARK if task.pixels == "inline" else SLOTS * 2)
        for _ in inlet.receive(END_S):
            # the first message only shows that the connection works
            pass
        began_s, began_cpu_s, count = time.monotonic(), time.process_time(), 0
        while count < task.frames:
            for frame in inlet.receive(0.15):
                count += 1
                if frame.slot and (ring := rings[frame.slot]):
                    if ring.view(frame.slot, frame.height, frame.width) is None:
                        raise EmobotError("expected a frame in its slot, found another one")
                    ring.release(frame.slot, [0])
                elif frame.pixels is None:
                    raise EmobotError("expected pixels in the message, found none")
        used = _Used(cpu_ms=(time.process_time() - began_cpu_s) * 1e3 / count, wall_s=time.monotonic() - began_s)
        inlet.close()
    result.send(used)


def _tmpfs() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _port() -> int:
    """Return an unused port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
