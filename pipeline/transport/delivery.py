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
from pipeline.transport.absence import Absence
from pipeline.transport.curve import key_of_link
from pipeline.transport.link import Outlet
from pipeline.transport.ring import Ring, Rings
from pipeline.transport.slots import FULL_S, HIGH_WATER_MARK, INLINE_HIGH_WATER_MARK, ON_THE_WAY, WAITING
from pipeline.transport.switchboard import Switchboard

FINISH_POLL_S = 0.005
"""Seconds between two polls of the readers by a process that is about to end."""
GONE_S = 10.0
"""Seconds without progress after which a stopping filter stops waiting for the stage behind it: that stage counts as
dead. It waits at all because a recording's last frames may be queued for a slow output."""


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
        self._key = key_of_link(plan, target.name)
        self._outlets = [self._connect(n, board.incarnation(self.name, n)) for n in range(target.workers)]
        command = f"emobot stage {target.name}" if target.keys.host else "emobot run"
        self._absences = [Absence(target.name, plan.address(target.name, n), command) for n in range(target.workers)]
        self._sent_to: set[int] = set()
        """The workers that received frames of recordings."""
        self._retired: list[tuple[float, Outlet[Frame]]] = []
        """Outlets to processes that were replaced, and when to close them."""
        self._worker = cache(partial(plan.worker, target.name))
        self.taken_s = time.monotonic()
        """Time when the stage last accepted a message, on the monotonic clock."""

    def outlet(self, camera: str, lossless: bool = False) -> Outlet[Frame]:
        """Return the outlet to this camera's worker; it switches when a new process takes over."""
        worker = self._worker(camera)
        if lossless:
            self._sent_to.add(worker)
        incarnation, outlet = self._outlets[worker]
        if incarnation != (now := self._board.incarnation(self.name, worker)):
            # keep the old connection open: closing it would lose messages that the old process has not read
            self._retired.append((time.monotonic() + GONE_S, outlet))
            self._outlets[worker] = self._connect(worker, now)
        if self._retired and self._retired[0][0] < time.monotonic():
            self._retired.pop(0)[1].close()
        return self._outlets[worker][1]

    def note(self, camera: str, *, taken: bool = True) -> bool:
        """Record whether this camera's worker takes frames; return whether it is on another machine and away."""
        if not self.remote:
            return False
        absence = self._absences[self._worker(camera)]
        absence.note(taken and self.outlet(camera).connected)
        return absence.is_away

    def unread(self) -> list["_Unread"]:
        """Return the readers that may not have received all messages sent to them."""
        if self.remote or not self._board.is_shared:
            return []
        return [_Unread(self._board, self.name, worker) for worker in self._sent_to]

    def close(self) -> None:
        """Close all outlets."""
        for _, outlet in (*self._outlets, *self._retired):
            outlet.close()

    def _connect(self, worker: int, incarnation: int) -> tuple[int, Outlet[Frame]]:
        waiting = INLINE_HIGH_WATER_MARK if self.inline else HIGH_WATER_MARK
        return incarnation, Outlet(self._plan.address(self.name, worker, incarnation), Frame, waiting, self._key)


class _Unread:
    """A reader that may have unread messages."""

    def __init__(self, board: Switchboard, name: str, worker: int) -> None:
        self._look = partial(board.seen, name, worker)
        self._taken, self._idle = self._look()
        self._progress_s = time.monotonic()

    def is_done(self) -> bool:
        """Return whether it has since waited for messages in vain, or made no progress for `GONE_S`."""
        taken, idle = self._look()
        if taken != self._taken:
            self._taken, self._progress_s = taken, time.monotonic()
        # twice: the first wait may have begun before the last message arrived
        return idle - self._idle >= 2 or time.monotonic() - self._progress_s > GONE_S


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
        self._board = board = Switchboard(plan)
        self._is_filter = node.role == "filter"
        self._edges = [_Edge(plan, plan[name], board) for name in node.to]
        self._readers = plan.readers_from(node.name)
        own = plan.readers()
        self._own = [own.index(node.name)] if node.name in own else []

    def ready(self, ring: Ring) -> bool:
        """Return whether the next stages can accept another frame of a live camera; always during a change."""
        if self._board.is_handing_over():
            return True
        for edge in self._edges:
            ages = ring.upstream() if edge.leaf is None else ring.held(edge.leaf)
            if len(ages) >= (ON_THE_WAY if edge.leaf is None else WAITING) or max(ages, default=0.0) > FULL_S:
                return False
        return True

    def send(self, frame: Frame) -> None:
        """Forward a frame to every next stage; a lossless frame waits until they accept it."""
        self._release(frame, self._own)
        for edge in self._edges:
            self._send(edge, frame)

    def drop(self, frame: Frame) -> None:
        """Release the slot of a frame that is dropped or finished."""
        self._release(frame, self._readers)

    def finish(self, go_on: Callable[[], bool]) -> None:
        """Wait until the readers on this machine have received all frames of recordings; called at the process's end.

        A ZeroMQ reader with a full queue loses the contents of the kernel's buffer when its peer ends (libzmq 4.3.5),
        however long the peer lingers.

        Args:
            go_on: Called while waiting; False ends it.
        """
        unread = [reader for edge in self._edges for reader in edge.unread()]
        while unread := [reader for reader in unread if not reader.is_done()]:
            if not go_on():
                return
            time.sleep(FINISH_POLL_S)

    def close(self) -> None:
        """Close the sockets; queued messages still have time to arrive."""
        for edge in self._edges:
            edge.close()

    def _send(self, edge: _Edge, frame: Frame) -> None:
        if edge.remote and not edge.outlet(frame.camera).connected and edge.note(frame.camera) and _may_be_lost(frame):
            self._drop(edge, frame, "away")
            return
        slot = frame.slot
        ring = self._rings[slot] if slot else None
        if slot and ring and edge.leaf is not None:
            if not frame.lossless and len(ring.held(edge.leaf)) >= WAITING and not self._board.is_handing_over():
                self._drop(edge, frame, "slow")
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
        while not edge.outlet(frame.camera, frame.lossless).send(message, timeout_s=0.2 if frame.lossless else 0.0):
            is_away = edge.note(frame.camera, taken=False)
            if not (frame.lossless and (self._beat() or self._may_wait(edge))):
                self._drop(edge, frame, "away" if is_away else "slow")
                return
        edge.note(frame.camera)
        edge.taken_s = time.monotonic()
        if edge.inline:
            self._release(frame, edge.readers)

    def _may_wait(self, edge: _Edge) -> bool:
        return self._is_filter and time.monotonic() - edge.taken_s < GONE_S

    def _drop(self, edge: _Edge, frame: Frame, cause: str) -> None:
        DROPPED.labels(edge.name, frame.camera, cause).inc()
        self._release(frame, edge.readers)

    def _release(self, frame: Frame, readers: list[int]) -> None:
        if frame.slot and readers and (ring := self._rings[frame.slot]):
            ring.release(frame.slot, readers)


def _may_be_lost(frame: Frame) -> bool:
    """Return whether nobody misses the frame; the others wait for a stage that is away."""
    return frame.state == "live" and not frame.lossless
