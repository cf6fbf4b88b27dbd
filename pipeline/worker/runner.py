"""Runs one filter or sink: receives, batches, times and sends frames, releases slots, and survives a frame that fails.

The stage has the logic and touches no socket; this loop touches the sockets and has no logic of its own.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from pipeline.config.plan import Node, Plan
from pipeline.errors import EmobotError
from pipeline.messages import Frame
from pipeline.metrics.deferred import Deferred
from pipeline.metrics.metrics import BATCH, DROPPED, SERVICE, faces_shown, passing, saving
from pipeline.stage import Stage
from pipeline.transport.curve import key_of_link
from pipeline.transport.delivery import Delivery
from pipeline.transport.fence import Fences
from pipeline.transport.link import Inlet
from pipeline.transport.ring import Rings, all_released
from pipeline.transport.slots import HIGH_WATER_MARK, INLINE_HIGH_WATER_MARK, LOSSLESS_BATCH
from pipeline.transport.switchboard import Switchboard
from pipeline.worker.clock_offset import ClockOffset
from pipeline.worker.pulse import Pulse
from pipeline.worker.removals import Removals
from pipeline.worker.turn import Turn

GIVE_UP_AFTER = 10
"""Number of consecutive failures after which the stage, not the frames, counts as broken."""
QUIET_S, LIVE_QUIET_S = 0.15, 0.05
"""Seconds without a frame after which a stopping stage ends, for recordings and for live cameras. Its producers have
ended or send to its replacement, which waits; cameras cannot wait."""
LIVE_POLL_S = 0.02
"""Seconds without a live frame after which a stage checks whether it must stop: a signal does not end the wait,
and three frames of a camera, which may be in flight, cover 100 ms at 30 frames per second."""
KEPT_S = 2.0
"""Minimum age limit in seconds of frames for outputs without pixels, such as tables and events: they may be busy
completing another camera's files."""
PATIENCE_S = 0.05
"""Seconds a batch of a recording's frames may wait to fill: no single frame is urgent."""

log = logging.getLogger("emobot")


class Runner:
    """The loop around one stage.

    Args:
        plan: The run.
        node: The stage's node in the plan.
        worker: Index of the worker.
        stage: The stage's instance.
        pulse: Heartbeats and the stop flag.
    """

    def __init__(self, plan: Plan, node: Node, worker: int, stage: Stage, pulse: Pulse, incarnation: int = 0) -> None:
        self._node = node
        self._stage = stage
        self._pulse = pulse
        self._max_age_ns = int(plan.run.max_age_ms * 1e6)
        if node.role == "sink" and node.pixels == "none":
            self._max_age_ns = max(self._max_age_ns, int(KEPT_S * 1e9))
        self._most_waiting = INLINE_HIGH_WATER_MARK if node.inline else HIGH_WATER_MARK
        address, key = plan.address(node.name, worker, incarnation), key_of_link(plan, node.name)
        self._inlet = Inlet(address, Frame, self._most_waiting, key)
        self._worker = worker
        self._board = Switchboard(plan)
        self._turn = Turn(plan.directory, f"{node.name}.{worker}")
        self._waiting: list[Frame] = []
        self._clock = ClockOffset(node.name)
        self._directory = plan.directory
        self._removals = Removals(plan.directory)
        self._rings = Rings(plan.directory)
        self._delivery = Delivery(plan, node, self._rings, pulse.beat)
        self._batch, self._service = BATCH.labels(node.name), SERVICE.labels(node.name)
        self._counts = Deferred()
        self._failures = 0
        self._least_faces = node.least_faces
        self._unreported = stage.about_people if node.least_faces else frozenset[str]()
        self._fences = Fences(plan.directory) if node.role == "sink" else None
        stage.intact = self._is_intact  # type: ignore[method-assign]

    def run(self) -> None:
        """Process frames until the process is asked to stop and no more arrive.

        Raises:
            EmobotError: The stage cannot work.
            Exception: The stage failed `GIVE_UP_AFTER` times in a row.
        """
        heard_s, newest_ns, live = 0.0, 0, False
        try:
            if not self._turn.take(self._pulse.beat):
                return
            taken_ns = time.monotonic_ns()
            while True:
                if self._pulse.phase == "standby" and self._is_settled(taken_ns):
                    self._pulse.enter("working")
                # checked before receiving: frames that arrived before the request are still processed
                stopping = not self._pulse.beat()
                quiet_s = time.monotonic() - max(heard_s, self._pulse.stopped_s)
                limit_s, poll_s = (LIVE_QUIET_S, LIVE_POLL_S) if live else (QUIET_S, QUIET_S)
                frames = self._receive(max(0.0, limit_s - quiet_s) if stopping else poll_s)
                self._board.note(self._node.name, self._worker, idle=not frames)
                if not frames or self._counts.is_due:
                    self._report()
                    self._keep()
                if frames:
                    self._handle(frames)
                    heard_s, live = time.monotonic(), not frames[-1].lossless
                    newest_ns = max(newest_ns, *(frame.captured_ns for frame in frames))
                if stopping and not self._waiting and (not frames or newest_ns > self._pulse.stopped_ns):
                    # another process replaces this one: its producers keep running
                    self._delivery.finish(self._pulse.beat_at_end)
                    return
        finally:
            self._report()
            self._inlet.close()
            self._delivery.close()
            self._turn.close()

    def _report(self) -> None:
        """Write what was counted."""
        self._counts.flush()
        refused = {"messages refused": self._inlet.refused} if self._inlet.refused else {}
        counts = {what: n for what, n in self._stage.counts.items() if what not in self._unreported}
        self._pulse.report({**counts, **refused})
        self._pulse.report_devices(self._stage.devices)

    def _keep(self) -> None:
        """Let the stage forget the cameras that were removed from the run."""
        if (cameras := self._removals.changed(time.monotonic())) is None:
            return
        try:
            self._stage.keep(cameras)
        except EmobotError:
            raise
        except Exception:
            log.exception("%s failed to forget the cameras that were removed", self._node.name)

    def _is_settled(self, taken_ns: int) -> bool:
        """Return whether no frame is left that the replaced process drew on."""
        return self._node.pixels != "write" or all_released(self._directory, taken_ns)

    def _receive(self, timeout_s: float) -> list[Frame]:
        keys = self._node.keys
        if not self._waiting:
            self._waiting += self._inlet.receive(timeout_s, keys.batch, keys.max_wait_ms)
            missing = min(keys.batch, LOSSLESS_BATCH) - len(self._waiting)
            if self._waiting and missing > 0 and all(f.lossless and f.state == "live" for f in self._waiting):
                self._waiting += self._inlet.receive(PATIENCE_S, missing, PATIENCE_S * 1000)
        if len(self._waiting) >= keys.batch:  # else nothing more had arrived
            self._waiting += self._inlet.receive(0.0, self._most_waiting - len(self._waiting))
        if len(self._waiting) > 1:
            self._waiting = in_order(self._waiting)
        frames, self._waiting = self._waiting[: keys.batch], self._waiting[keys.batch :]
        return frames

    def _handle(self, received: Sequence[Frame]) -> None:
        frames = []
        self._removals.hear(received, time.monotonic())
        for message in received:
            frame = self._clock.correct(message, time.time_ns())
            self._counts.inc(passing(self._node.name, frame.camera).frames_in, frame.state == "live")
            ready = self._open(frame)
            if isinstance(ready, Frame):
                frames.append(ready)
            else:
                self._drop(frame, ready)
        if not frames:
            return
        started = time.perf_counter()
        failed: list[Frame] = []
        try:
            results = list(self._stage.process(frames))
            self._failures = 0
        except EmobotError:
            raise
        except Exception:
            log.exception("%s failed on a batch of %d; trying its frames one by one", self._node.name, len(frames))
            results = self._retry(frames, failed)
        each = (time.perf_counter() - started) / len(frames)
        self._counts.observe(self._batch, len(frames))
        for _ in frames:
            self._counts.observe(self._service, each)
        self._forward([frame for frame in frames if not any(frame is other for other in failed)], results)

    def _open(self, frame: Frame) -> Frame | str:
        """Return the frame, with its pixels if the stage reads them, or the reason to drop it."""
        if self._fences and not self._fences.lets_pass(frame):
            return "no lease"
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

    def _retry(self, frames: Iterable[Frame], failed: list[Frame]) -> list[Frame]:
        """Process frames one by one; return the results, drop the frames that fail and add them to `failed`."""
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
                failed.append(frame)
                if self._failures >= GIVE_UP_AFTER:
                    raise
        return results

    def _drop(self, frame: Frame, cause: str) -> None:
        DROPPED.labels(self._node.name, frame.camera, cause).inc()
        self._delivery.drop(frame)

    def _is_intact(self, frame: Frame) -> bool:
        if frame.slot is None:
            return True
        ring = self._rings[frame.slot]
        return ring is not None and ring.holds(frame.slot)

    def _forward(self, frames: Sequence[Frame], results: Sequence[Frame]) -> None:
        name, now_ns = self._node.name, time.time_ns()
        is_sink = self._node.role == "sink"
        for frame in frames if is_sink else results:
            if frame.state == "live" and self._node.pixels != "none" and not self._is_intact(frame):
                # its slot has been refilled: the next stage would see another frame
                self._drop(frame, "reclaimed")
                continue
            if is_sink:
                self._delivery.drop(frame)
            else:
                self._delivery.send(frame)
            if frame.state == "live":
                counted = passing(name, frame.camera)
                self._counts.inc(counted.frames_out)
                self._counts.observe(counted.age, max(0, now_ns - frame.captured_ns) / 1e9)
        if not is_sink:
            produced = {_key(frame) for frame in results}
            for frame in frames:
                if _key(frame) not in produced:
                    self._drop(frame, "left out")
            self._count_faces(frames, results)

    def _count_faces(self, frames: Sequence[Frame], results: Sequence[Frame]) -> None:
        if self._stage.classifies:
            for frame in results:
                if frame.state != "live":
                    self._counts.set(saving(frame.camera), 0)  # nothing is left to reduce
        if not (known := [frame for frame in results if frame.model]):
            return
        classified = {_key(frame) for frame in frames if not frame.model}
        for frame in known:
            if _key(frame) in classified:
                self._counts.set(saving(frame.camera), frame.saving)
                if len(frame.faces) < self._least_faces:
                    continue
                for label, faces in Counter(face.label for face in frame.faces).items():
                    self._counts.inc(faces_shown(frame.camera, label), faces)


def _key(frame: Frame) -> tuple[str, int, int, str]:
    return frame.camera, frame.run, frame.seq, frame.state


def in_order(frames: Sequence[Frame]) -> list[Frame]:
    """Return frames with those of each camera in the order in which its source sent them.

    After an upstream process was replaced they come over two connections, which ZeroMQ reads in turn.
    """
    of_camera = defaultdict(list)
    for frame in frames:
        of_camera[frame.camera].append(frame)
    sorted_ = {camera: iter(sorted(own, key=_order)) for camera, own in of_camera.items()}
    return [next(sorted_[frame.camera]) for frame in frames]


def _order(frame: Frame) -> tuple[int, int]:
    return frame.run, frame.order
