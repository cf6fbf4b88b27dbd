"""Forwards frames to the next stages and releases their slots.

Every reader of pixels with no reader behind it holds one lease on each slot (`pipeline.transport.ring`). A process that
sees that a frame will not reach some of them, because it was dropped or an inlet is full, releases those leases for
them.
"""

import time
from collections.abc import Callable
from functools import cache, partial

from msgspec.structs import replace

from pipeline.config.plan import Node, Plan
from pipeline.messages import Frame
from pipeline.metrics.metrics import DROPPED
from pipeline.transport.link import HIGH_WATER_MARK, INLINE_HIGH_WATER_MARK, Outlet
from pipeline.transport.ring import Ring, Rings
from pipeline.transport.switchboard import Switchboard

ON_THE_WAY = 3
"""Pictures of a live camera between capture and its outputs: one for each of detect, emotion and overlay at once."""
LOSSLESS_ON_THE_WAY = 8
"""Pictures of a recording between capture and its outputs; enough to fill the stages' batches."""
LOSSLESS_BATCH = LOSSLESS_ON_THE_WAY // 2
"""Pictures of recordings that a stage with batches waits for: half of them, so that the others keep the rest busy."""
WAITING = 2
"""Pictures of a live camera that lie with a reader: one in its hands, one ready when it is done."""
FULL_S = 0.15
"""Behind a live camera's picture that has waited for so long no other is sent: with many cameras on a machine that is
full they would all wait, until they are too old to be used."""


class _Edge:
    """The link to one next stage: an outlet to the active process of each of its workers."""

    def __init__(self, plan: Plan, target: Node, board: Switchboard) -> None:
        self.name = target.name
        self._plan = plan
        self._board = board
        self.readers = plan.readers_from(target.name)
        readers = plan.readers()
        self.leaf = readers.index(target.name) if target.name in readers else None
        self.inline = target.inline
        self.remote = plan.crosses_machines(target.name)
        self._outlets = [self._connect(n, board.incarnation(self.name, n)) for n in range(target.workers)]
        self._worker = cache(partial(plan.worker, target.name))

    def outlet(self, camera: str) -> Outlet[Frame]:
        """Return the outlet to this camera's worker; it switches when a new process takes over."""
        worker = self._worker(camera)
        incarnation, outlet = self._outlets[worker]
        if incarnation != (now := self._board.incarnation(self.name, worker)):
            outlet.close()
            self._outlets[worker] = self._connect(worker, now)
        return self._outlets[worker][1]

    def close(self) -> None:
        """Close all outlets."""
        for _, outlet in self._outlets:
            outlet.close()

    def _connect(self, worker: int, incarnation: int) -> tuple[int, Outlet[Frame]]:
        waiting = INLINE_HIGH_WATER_MARK if self.inline else HIGH_WATER_MARK
        return incarnation, Outlet(self._plan.address(self.name, worker, incarnation), Frame, waiting)


class Delivery:
    """The links from a stage to the next stages.

    Args:
        plan: The run.
        node: The stage that delivers.
        rings: The frames' rings.
        beat: Called while waiting for a slow stage.
    """

    def __init__(self, plan: Plan, node: Node, rings: Rings, beat: Callable[[], bool]) -> None:
        self._rings = rings
        self._beat = beat
        board = Switchboard(plan)
        self._edges = [_Edge(plan, plan[name], board) for name in node.to]
        self._readers = plan.readers_from(node.name)
        own = plan.readers()
        self._own = [own.index(node.name)] if node.name in own else []

    def ready(self, ring: Ring) -> bool:
        """Return whether the next stages can accept another frame of a live camera."""
        for edge in self._edges:
            ages = ring.upstream() if edge.leaf is None else ring.held(edge.leaf)
            if len(ages) >= (ON_THE_WAY if edge.leaf is None else WAITING) or max(ages, default=0.0) > FULL_S:
                return False
        return True

    def send(self, frame: Frame) -> None:
        """Forward a frame to every next stage; a lossless frame waits until they accept it."""
        self._give_back(frame, self._own)
        for edge in self._edges:
            self._send(edge, frame)

    def drop(self, frame: Frame) -> None:
        """Release the slot of a frame that is dropped or finished."""
        self._give_back(frame, self._readers)

    def close(self) -> None:
        """Close the sockets; queued messages still have time to arrive."""
        for edge in self._edges:
            edge.close()

    def _send(self, edge: _Edge, frame: Frame) -> None:
        slot = frame.slot
        ring = self._rings[slot] if slot else None
        if slot and ring and edge.leaf is not None:
            if not frame.lossless and len(ring.held(edge.leaf)) >= WAITING:
                self._lose(edge, frame)
                return
            ring.deliver(slot, edge.leaf)
        pixels = frame.pixels
        if edge.inline and slot and ring:
            pixels = ring.view(slot, frame.height, frame.width)
        message = replace(
            frame,
            slot=slot if edge.readers and not edge.inline else None,
            pixels=pixels if edge.readers and (edge.inline or slot is None) else None,
        )
        if edge.remote:
            message = replace(message, sent_ns=time.time_ns())
        while not edge.outlet(frame.camera).send(message, timeout_s=0.2 if frame.lossless else 0.0):
            if not (frame.lossless and self._beat()):
                self._lose(edge, frame)
                return
        if edge.inline:
            self._give_back(frame, edge.readers)

    def _lose(self, edge: _Edge, frame: Frame) -> None:
        DROPPED.labels(edge.name, frame.camera, "slow").inc()
        self._give_back(frame, edge.readers)

    def _give_back(self, frame: Frame, readers: list[int]) -> None:
        if frame.slot and readers and (ring := self._rings[frame.slot]):
            ring.release(frame.slot, readers)
