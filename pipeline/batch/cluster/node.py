"""The processes on a node: one run that stays, so that no recording waits for the networks to load.

A task (`pipeline.batch.cluster.task`) starts it and names one recording after the other.
"""

import importlib.metadata
import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec.structs import replace

from pipeline.batch.cluster.letters import WORK, Answer, Assignment, Order
from pipeline.batch.fetching import Cameras, run_here
from pipeline.batch.results import Summary
from pipeline.batch.scratch import scratch
from pipeline.batch.wanted import is_complete, summary_in
from pipeline.config.config import parse_config
from pipeline.errors import EXIT_FAILED, EXIT_OK, ConfigError
from pipeline.metrics.camera_totals import CameraSummary

PROGRESS_S = 1.0
"""Seconds between two answers about a recording; each takes 10 ms of CPU on its way to the driver."""
WAIT_S, STEP_S = 0.08, 0.01
"""Seconds to wait, within a tick of the supervisor, for a recording's last file or for the next recording, and between
two looks: what happens between two ticks would otherwise wait for the next one, and the core be idle meanwhile."""
ENDING_S = 120.0
"""Seconds from the last frame of a recording to its last file; a long video is completed in some seconds."""

Say = Callable[[Answer], None]


def serve(orders: BinaryIO, say: Say) -> int:
    """Process recordings until the orders end, and return the exit code.

    Args:
        orders: An `Assignment`, then an `Order` for each recording once the one before is complete.
        say: Takes the answers.

    Raises:
        ConfigError: The stages cannot be set up, or the driver has another version of Emobot.
    """
    assignment = msgspec.json.decode(orders.readline(), type=Assignment)
    if (version := importlib.metadata.version("emobot")) != assignment.version:
        raise ConfigError(f"expected Emobot {assignment.version}, the driver's, found {version}")
    with scratch() as work:
        return Serving(assignment, work, orders, say).run()


class Serving:
    """The run.

    Args:
        assignment: What the recordings have in common.
        work: Takes a folder of results for each.
        orders: Names them.
        say: Takes the answers.
    """

    def __init__(self, assignment: Assignment, work: Path, orders: BinaryIO, say: Say) -> None:
        tables: dict[str, Any] = assignment.tables
        for output in tables["output"].values():
            output["path"] = output["path"].replace(WORK, str(work))
        config = parse_config(tables)
        self._config = replace(config, run=replace(config.run, jobs=1, attempts=1))
        self._wanted = assignment.wanted
        self._work = work
        self._say = say
        self._orders: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._camera: str | None = None
        """The recording in work."""
        self._ended_s: float | None = None
        """When its last frame was read."""
        self._next_s = 0.0
        self._code: int | None = None
        threading.Thread(target=self._read, args=(orders,), daemon=True, name="orders").start()

    def run(self) -> int:
        """Run, and return the exit code."""
        outcome = run_here(self._config, self._wanted, self._tick, self._admit, self._ended)
        return self._code if self._code is not None else outcome.code or EXIT_FAILED * outcome.interrupted

    def _read(self, orders: BinaryIO) -> None:
        for line in orders:
            self._orders.put(msgspec.json.decode(line, type=Order).camera)
        self._orders.put(None)

    def _admit(self, name: str) -> bool | None:
        """Start the recording that was ordered; the others wait."""
        return True if name == f"camera.{self._camera}" else None

    def _ended(self, name: str, failed: bool) -> None:
        if name == f"camera.{self._camera}":
            self._ended_s = time.monotonic()
            if failed:
                self._end(EXIT_FAILED)

    def _tick(self, cameras: Cameras) -> None:
        try:
            self._look(cameras)
        except Exception:
            # the supervisor would only log it, and the task wait for ever
            self._end(EXIT_FAILED)
            raise

    def _look(self, cameras: Cameras) -> None:
        if self._camera is None and not self._begin():
            return
        assert self._camera
        folder = self._work / self._camera
        result, complete = self._result(folder)
        now = time.monotonic()
        if complete:
            self._say(Answer(camera=self._figures(cameras), folder=str(folder)))
            self._begin()
        elif (result and result.frames_in != result.frames_out) or (self._ended_s and now > self._ended_s + ENDING_S):
            self._end(EXIT_FAILED)
        elif now > self._next_s:
            self._next_s = now + PROGRESS_S
            if figures := self._figures(cameras):
                self._say(Answer(camera=figures))

    def _result(self, folder: Path) -> tuple[Summary | None, bool]:
        """Return the summary of a recording, and whether all results are there; wait a moment once its source ended."""
        end_s = time.monotonic() + WAIT_S
        while True:
            result = summary_in(folder)
            complete = result is not None and is_complete(folder, result, self._wanted)
            if complete or not self._ended_s or time.monotonic() > end_s:
                return result, complete
            time.sleep(STEP_S)

    def _begin(self) -> bool:
        """Begin the recording that was ordered, if there is one."""
        self._camera, self._ended_s = None, None
        try:
            self._camera = self._orders.get(timeout=WAIT_S)
        except queue.Empty:
            return False
        if self._camera is None:
            self._end(EXIT_OK)
        return self._camera is not None

    def _figures(self, cameras: Cameras) -> CameraSummary | None:
        return next((camera for camera in cameras() if camera.camera == self._camera), None)

    def _end(self, code: int) -> None:
        """End the run as SIGTERM does, with an exit code."""
        self._code = code
        os.kill(os.getpid(), signal.SIGTERM)
