"""Runs one filter or sink: receives, batches, times, sends, gives pictures back, and survives a frame that fails.

The stage has the logic and touches no socket; this loop touches the sockets and has no logic of its own.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from pipeline.delivery import LOSSLESS_BATCH, Delivery
from pipeline.errors import EmobotError
from pipeline.link import HIGH_WATER_MARK, INLINE_HIGH_WATER_MARK, Inlet
from pipeline.messages import Frame
from pipeline.metrics import BATCH, DROPPED, FACES, SAVING, SERVICE, passing
from pipeline.plan import Node, Plan
from pipeline.pulse import Pulse
from pipeline.ring import Rings
from pipeline.stage import Stage

GIVE_UP_AFTER = 10
"""So many failures in a row mean that the stage is broken, not the frames."""
QUIET_S = 0.15
"""A stage told to stop ends when nothing has arrived for so long since then: its producers have ended before it."""
KEPT_S = 2.0
"""What is worked out may be so old at least when an output takes it up that needs no picture, as a table or events: it
may have been busy with the end of another camera."""
PATIENCE_S = 0.05
"""So long a batch of recordings' pictures may wait to fill up: nobody waits for a single one of them."""

log = logging.getLogger("emobot")


class Runner:
    """The loop around one stage.

    Args:
        plan: The run.
        node: Which stage of it.
        worker: Which of its processes.
        stage: The stage itself.
        pulse: Heartbeat and stop sign.
    """

    def __init__(self, plan: Plan, node: Node, worker: int, stage: Stage, pulse: Pulse) -> None:
        self._node = node
        self._stage = stage
        self._pulse = pulse
        self._max_age_ns = int(plan.run.max_age_ms * 1e6)
        if node.role == "sink" and node.pixels == "none":
            self._max_age_ns = max(self._max_age_ns, int(KEPT_S * 1e9))
        self._inlet = Inlet(
            plan.address(node.name, worker), Frame, INLINE_HIGH_WATER_MARK if node.inline else HIGH_WATER_MARK
        )
        self._rings = Rings(plan.directory)
        self._delivery = Delivery(plan, node, self._rings, pulse.beat)
        self._batch, self._service = BATCH.labels(node.name), SERVICE.labels(node.name)
        self._failures = 0

    def run(self) -> None:
        """Go round until told to stop and nothing more arrives.

        Raises:
            EmobotError: The stage says that it cannot work.
            Exception: It failed too often in a row.
        """
        heard_s = 0.0
        try:
            while True:
                # asked before receiving: what had arrived when the order came is still processed
                stopping = not self._pulse.beat()
                quiet_s = time.monotonic() - max(heard_s, self._pulse.stopped_s)
                frames = self._receive(max(0.0, QUIET_S - quiet_s) if stopping else QUIET_S)
                if frames:
                    self._handle(frames)
                    heard_s = time.monotonic()
                elif stopping:
                    return
                refused = {"messages refused": self._inlet.refused} if self._inlet.refused else {}
                self._pulse.report({**self._stage.counts, **refused})
        finally:
            self._inlet.close()
            self._delivery.close()

    def _receive(self, timeout_s: float) -> list[Frame]:
        keys = self._node.keys
        frames = list(self._inlet.receive(timeout_s, keys.batch, keys.max_wait_ms))
        missing = min(keys.batch, LOSSLESS_BATCH) - len(frames)
        if frames and missing > 0 and all(frame.lossless and frame.state == "live" for frame in frames):
            frames += self._inlet.receive(PATIENCE_S, missing, PATIENCE_S * 1000)
        return frames

    def _handle(self, received: Sequence[Frame]) -> None:
        frames = []
        for frame in received:
            passing(self._node.name, frame.camera).frames_in.inc(frame.state == "live")
            ready = self._open(frame)
            if isinstance(ready, Frame):
                frames.append(ready)
            else:
                self._drop(frame, ready)
        if not frames:
            return
        started = time.perf_counter()
        try:
            results = list(self._stage.process(frames))
            self._failures = 0
        except EmobotError:
            raise
        except Exception:
            log.exception("%s failed on a batch of %d; trying its frames one by one", self._node.name, len(frames))
            results = self._retry(frames)
        each = (time.perf_counter() - started) / len(frames)
        self._batch.observe(len(frames))
        for _ in frames:
            self._service.observe(each)
        self._pass_on(frames, results)

    def _open(self, frame: Frame) -> Frame | str:
        """Return the frame with its pixels if the stage reads them, or the cause why it is dropped."""
        if frame.state != "live":
            return frame
        if not frame.lossless and time.time_ns() - frame.captured_ns > self._max_age_ns:
            return "stale"
        if self._node.pixels == "none":
            return frame
        write = self._node.pixels == "write"
        if frame.slot is None:
            if frame.pixels is None:
                return "reclaimed"
            # received bytes are read-only
            return replace(frame, pixels=frame.pixels.copy()) if write else frame
        ring = self._rings[frame.slot]
        pixels = ring.view(frame.slot, frame.height, frame.width, write=write) if ring else None
        return "reclaimed" if pixels is None else replace(frame, pixels=pixels)

    def _retry(self, frames: Iterable[Frame]) -> list[Frame]:
        results: list[Frame] = []
        for frame in frames:
            try:
                results += self._stage.process([frame])
                self._failures = 0
            except EmobotError:
                raise
            except Exception as error:
                self._failures += 1
                log.error("%s drops frame %d of %s: %r", self._node.name, frame.seq, frame.camera, error)
                self._drop(frame, "error")
                if self._failures >= GIVE_UP_AFTER:
                    raise
        return results

    def _drop(self, frame: Frame, cause: str) -> None:
        DROPPED.labels(self._node.name, frame.camera, cause).inc()
        self._delivery.drop(frame)

    def _pass_on(self, frames: Sequence[Frame], results: Sequence[Frame]) -> None:
        name, now_ns = self._node.name, time.time_ns()
        sent = set()
        for frame in results:
            sent.add(_key(frame))
            self._delivery.send(frame)
        for frame in frames:
            if _key(frame) in sent:
                continue
            if self._node.role == "sink":
                self._delivery.drop(frame)
            else:
                self._drop(frame, "left out")
        done = frames if self._node.role == "sink" else results
        for frame in done:
            if frame.state == "live":
                counted = passing(name, frame.camera)
                counted.frames_out.inc()
                counted.age.observe(max(0, now_ns - frame.captured_ns) / 1e9)
        classified = {_key(f) for f in frames if not f.model}
        for frame in results:
            if frame.model and _key(frame) in classified:
                SAVING.labels(frame.camera).set(frame.saving)
                for label, faces in Counter(face.label for face in frame.faces).items():
                    FACES.labels(frame.camera, label).inc(faces)


def _key(frame: Frame) -> tuple[str, int, int, str]:
    return frame.camera, frame.run, frame.seq, frame.state
