"""`curve`: the cost of encryption, for events and for faces that leave the machine."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Literal

import numpy as np

from benchmarks.base import Benchmark, Fields
from benchmarks.harness import digits, measure, plain
from pipeline.config.keys import new_pair
from pipeline.errors import EmobotError
from pipeline.events import BoxEvent, Observation
from pipeline.messages import EMOTIONS, Box, Face, Frame
from pipeline.transport.link import Inlet, Outlet
from pipeline.transport.pubsub import Publisher, Subscriber

MESSAGES = 1000
"""Messages per repetition, each received before the next is sent: every one wakes both ends, as in real time."""
END_S = 20.0
"""Seconds to wait for a connection or a message."""

What = Literal["event", "face"]
Exchange = Callable[[int], bool]
"""Sends a message of this number; returns whether it has arrived."""


class Curve(Benchmark):
    """Sender and receiver of this process over TCP, with CURVE and without.

    An event is an `observation`; a face is a frame with one face and its crop, as `detect` sends it to `emotion` on
    another machine.

    Args:
        repetitions: Number of repetitions of each measurement.
    """

    scope = "isolated"
    pace = "real time"

    def __init__(self, *, repetitions: int = 9) -> None:
        self._repetitions = repetitions

    def run(self) -> dict[str, Any]:
        """Measure events and faces, without encryption and with it."""
        results = []
        for what, end in (("event", _events), ("face", _faces)):
            for curve in (False, True):
                with end(curve=curve) as exchange:
                    _connect(exchange)
                    cost = measure(lambda exchange=exchange: _work(exchange), repetitions=self._repetitions)  # type: ignore[misc]
                results.append({"what": what, "curve": curve, "cpu_ms": plain(cost.cpu_ms)})
        return {"unit": "message", "messages": MESSAGES, "results": results}

    @staticmethod
    def rows(fields: Fields) -> list[Sequence[str]]:
        """Return one row per kind of message, without encryption and with it."""
        return [
            ("message", "encryption", "CPU ms per 1,000, both ends", "quartiles"),
            *(
                (
                    r["what"],
                    "CURVE" if r["curve"] else "none",
                    digits(r["cpu_ms"]["median"] * 1e3),
                    f"{digits(r['cpu_ms']['low'] * 1e3)}-{digits(r['cpu_ms']['high'] * 1e3)}",
                )
                for r in fields["results"]
            ),
        ]

    @staticmethod
    def draw(figure: Any, fields: Fields) -> None:
        """Plot CPU time per 1,000 messages."""
        axes = figure.subplots()
        names = [f"{r['what']}, {'CURVE' if r['curve'] else 'none'}" for r in fields["results"]]
        values = [r["cpu_ms"]["median"] * 1e3 for r in fields["results"]]
        axes.bar_label(axes.bar(names, values), [digits(value) for value in values], padding=2, fontsize=8)
        axes.set_ylabel("CPU of sender and receiver, ms per 1,000")
        axes.set_title("curve: encryption of messages over TCP")


def _work(exchange: Exchange) -> int:
    for n in range(MESSAGES):
        if not exchange(n):
            raise EmobotError(f"expected message {n} within {END_S:.0f} s, found none")
    return MESSAGES


def _connect(exchange: Exchange) -> None:
    until_s = time.monotonic() + END_S
    while not exchange(0):
        if time.monotonic() > until_s:
            raise EmobotError(f"expected a connection within {END_S:.0f} s, found none")


@contextmanager
def _events(*, curve: bool) -> Iterator[Exchange]:
    own, friend = (new_pair(), new_pair()) if curve else (None, None)
    clients = frozenset({friend.public}) if friend else frozenset[str]()
    with (
        closing(Publisher("tcp://127.0.0.1:*", own, clients)) as publisher,
        Subscriber(publisher.address, timeout_s=0.1, server_key=own.public if own else "", key=friend) as events,
    ):

        def exchange(n: int) -> bool:
            publisher.send(_event(n))
            return next(iter(events), None) is not None

        yield exchange


@contextmanager
def _faces(*, curve: bool) -> Iterator[Exchange]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{one.getsockname()[1]}"
    key = new_pair() if curve else None
    face = Face(track=1, box=Box(x=600, y=300, width=80, height=80), score=0.9, crop=0, size=94.0, sharpness=100.0)
    crops = np.random.default_rng(1).integers(0, 256, (1, 48, 48), np.uint8)
    base = Frame(camera="hop", width=1280, height=720, fps=25.0, faces=(face,), crops=crops)
    with closing(Inlet(address, Frame, key=key)) as inlet, closing(Outlet(address, Frame, key=key)) as outlet:

        def exchange(n: int) -> bool:
            outlet.send(base, timeout_s=0.1)
            return any(inlet.receive(0.1))

        yield exchange


def _event(n: int) -> Observation:
    shares: dict[str, float] = {emotion: 1 / len(EMOTIONS) for emotion in EMOTIONS}
    return Observation(
        camera="hop",
        seq=n,
        pts_ms=n * 40.0,
        captured_at=1e9,
        published_at=1e9,
        model="fast-12345678",
        track=1,
        since=1e9,
        frame=n,
        width=1280,
        height=720,
        box=BoxEvent(x=600.5, y=300.5, width=80.5, height=80.5),
        score=0.9,
        raw=shares,
        fused=shares,
        label="happy",
        confidence=0.7,
    )
