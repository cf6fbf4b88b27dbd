"""Runs one source: writes its frames into a ring and applies backpressure when the next stages are slow.

A recording waits for a free slot. A live camera's frame waits for at most one frame period; then it is dropped for the
newest, so that no queue grows and no frame gets old.
"""

import logging
import time

from msgspec.structs import replace

from pipeline.config.plan import Node, Plan
from pipeline.messages import Frame, Slot
from pipeline.metrics.chosen import forget
from pipeline.metrics.deferred import Deferred
from pipeline.metrics.metrics import (
    CAMERA_CLOCK_OFFSET,
    DROPPED,
    DURATION,
    POSITION,
    QUEUE,
    RECONNECTS,
    SECONDS,
    passing,
    set_state,
)
from pipeline.stage import Stage
from pipeline.standstill import Standstill
from pipeline.transport.delivery import Delivery
from pipeline.transport.ring import Ring, Rings
from pipeline.transport.slots import LEASE_S, LOSSLESS_LEASE_S, ring_slots
from pipeline.transport.zone_file import ZoneFile
from pipeline.worker.priority import Priority
from pipeline.worker.pulse import Pulse

POLL_S, LONGEST_POLL_S = 0.002, 0.008
"""Seconds between two attempts to place a frame, at first and at most. On a saturated CPU, an attempt every 2 ms takes
a millisecond of CPU for each frame that is dropped in the end."""
SILENT_S = 30.0
"""Seconds between two log lines about reclaimed slots; metrics count each of them."""

log = logging.getLogger("emobot")


class SourceRunner:
    """The loop around one source.

    Args:
        plan: The run.
        node: The source's node.
        stage: The source.
        pulse: Heartbeat and stop sign.
    """

    def __init__(self, plan: Plan, node: Node, stage: Stage, pulse: Pulse) -> None:
        self._plan = plan
        self._node = node
        self._stage = stage
        self._pulse = pulse
        self._delivery = Delivery(plan, node, Rings(plan.directory), pulse.beat)
        self._camera = node.name.partition(".")[2]
        self._zones = ZoneFile(plan, self._camera)
        self._readers = plan.readers_from(node.name)
        self._outputs = len(self._readers)
        self._ring: Ring | None = None
        self._retired: list[Ring] = []
        self._next_seq = 0
        self._order = 0
        self._last_s = 0.0
        self._clock_offset_ns = 0
        self._lease_s = self._silent_until_s = self._excused_until_s = 0.0
        self._standstill = Standstill(time.monotonic())
        self._priority = Priority()
        self._state = ""
        self._counts = Deferred()
        self._counted = passing(node.name, self._camera)
        self._dropped = DROPPED.labels(node.name, self._camera, "no slot")
        self._seconds, self._queue = SECONDS.labels(self._camera), QUEUE.labels(self._camera)
        self._position, self._duration = POSITION.labels(self._camera), DURATION.labels(self._camera)
        forget(CAMERA_CLOCK_OFFSET, camera=self._camera)  # it may be another camera
        for old in plan.directory.glob(f"{self._camera}.*.ring"):
            # left by a killed process of this camera; readers keep their mappings
            old.unlink(missing_ok=True)

    def run(self) -> None:
        """Run until the stream ends or the process is asked to stop."""
        frames = iter(self._stage.process(()))
        try:
            self._pulse.enter("working")
            for frame in frames:
                if not self._pulse.beat():
                    self._end(frame)
                    break
                if frame.pixels is None or self._counts.is_due:
                    self._tidy(frame)
                if frame.state == "live" and frame.pixels is None:
                    continue  # the source is waiting for the next frame
                if not frame.lossless:
                    self._priority.lower()
                self._note(frame)
                if frame.state != "live":
                    self._send(replace(frame, pixels=None))
                elif slot := self._place(frame):
                    self._count(frame)
                    self._send(replace(frame, slot=slot, pixels=None))
        finally:
            close = getattr(frames, "close", None)
            if close:
                close()
            self._report()
            self._leave()

    def _end(self, frame: Frame) -> None:
        """Publish the end of a live stream; an interrupted recording is incomplete and sends no end."""
        if not frame.lossless:
            ended = replace(frame, state="ended", seq=self._next_seq, error=None, fault="", slot=None, pixels=None)
            self._note(ended)
            self._send(ended)

    def _send(self, frame: Frame) -> None:
        self._delivery.send(replace(frame, order=self._order, zones=self._zones.read()))
        self._order += 1

    def _place(self, frame: Frame) -> Slot | None:
        """Copy the frame into a slot and return it; None if no slot was free in time."""
        assert frame.pixels is not None
        self._lease_s = LOSSLESS_LEASE_S if frame.lossless else LEASE_S
        ring = self._fitting(frame)
        period_s = 1 / frame.fps if frame.fps else 0.04
        give_up, nap_s = time.monotonic() + period_s, POLL_S
        while True:
            if frame.lossless or self._delivery.ready(ring):
                slot = ring.fill(frame.pixels, self._readers)
                if slot:
                    self._priority.note(waited=nap_s > POLL_S)
                    return slot
            if self._reclaim(ring):
                continue
            if not self._pulse.beat() or (not frame.lossless and time.monotonic() > give_up):
                return None
            time.sleep(nap_s)
            nap_s = min(2 * nap_s, LONGEST_POLL_S)

    def _reclaim(self, ring: Ring) -> bool:
        """Reclaim slots whose reader must have died; return whether there were any."""
        now_s = time.monotonic()
        if self._standstill.lasted_s(now_s):
            # readers stood still, too, as after Ctrl-Z: a recording would lose the frames in all of its slots
            self._excused_until_s = now_s + self._lease_s
        late = ring.reclaim(self._lease_s) if now_s >= self._excused_until_s else 0
        if late and now_s >= self._silent_until_s:
            # stages behind that are too slow cause this at every frame
            log.warning("%s: reclaimed slots whose reader did not release them", self._node.name)
            self._silent_until_s = now_s + SILENT_S
        return bool(late)

    def _fitting(self, frame: Frame) -> Ring:
        """Return a ring whose slots are large enough; a stream may change its size."""
        assert frame.pixels is not None
        if self._ring is None or self._ring.slot_bytes < frame.pixels.size:
            if self._ring:
                self._retired.append(self._ring)
            self._ring = Ring.create(
                self._plan.directory / f"{self._camera}.{time.time_ns()}.ring",
                slots=ring_slots(self._outputs, lossless=frame.lossless),
                slot_bytes=frame.pixels.size,
                readers=max(1, len(self._plan.readers())),
            )
        for ring in [ring for ring in self._retired if ring.idle()]:
            ring.unlink()
            self._retired.remove(ring)
        return self._ring

    def _note(self, frame: Frame) -> None:
        if frame.state != self._state:
            set_state(self._camera, frame.state)
            RECONNECTS.labels(self._camera).inc(self._state == "live" and frame.state != "ended")
            if frame.state in ("offline", "stalled") or frame.error:
                log.warning("%s is %s: %s", self._node.name, frame.state, frame.error or "no frame arrives")
            else:
                log.info("%s is %s", self._node.name, frame.state)
            self._state = frame.state

    def _count(self, frame: Frame) -> None:
        # a recording loses nothing here; the frames before a part of it are not wanted
        missed = 0 if frame.lossless else max(0, frame.seq - self._next_seq)
        self._next_seq = frame.seq + 1
        counts, counted = self._counts, self._counted
        # at once: of a process that is killed, the frames behind it must still add up
        counted.frames_in.inc(missed + 1)
        if missed:
            self._dropped.inc(missed)
        counts.inc(counted.frames_out)
        counts.observe(counted.age, max(0, time.time_ns() - frame.captured_ns) / 1e9)
        # by the clock that nobody sets: a machine without a battery learns the date minutes after its start
        now_s = time.monotonic()
        counts.inc(self._seconds, now_s - (self._last_s or now_s))
        self._last_s = now_s
        if frame.clock_offset_ns != self._clock_offset_ns:  # 0 after a new connection: it may be another camera
            self._clock_offset_ns = frame.clock_offset_ns
            CAMERA_CLOCK_OFFSET.labels(self._camera).set(frame.clock_offset_ns / 1e9)
        counts.set(self._position, frame.pts_ns / 1e9)
        counts.set(self._duration, frame.duration_ns / 1e9)

    def _tidy(self, frame: Frame) -> None:
        """Do what need not be done at every frame."""
        if self._ring:
            if not frame.lossless:
                # also while other slots are free: those that a dead output held would block its replacement
                self._reclaim(self._ring)
            self._counts.set(self._queue, len(self._ring.upstream()))
        self._report()

    def _report(self) -> None:
        """Write what was counted."""
        self._counts.flush()
        self._pulse.report(self._stage.counts)
        self._pulse.report_decoder(self._stage.decoder)

    def _leave(self) -> None:
        """Wait until the last frames have been read, then remove the rings."""
        self._delivery.close()
        until = time.monotonic() + self._lease_s
        rings = [*self._retired, *([self._ring] if self._ring else [])]
        while time.monotonic() < until and not all(ring.idle() for ring in rings):
            self._pulse.beat()
            time.sleep(POLL_S)
        for ring in rings:
            ring.unlink()
