"""The cameras of a fleet in the run on this machine: added and removed as `emobot camera` does."""

import asyncio
import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from pipeline.errors import ConfigError, InputError
from pipeline.fleet.capacity import measured
from pipeline.fleet.terms import bad_name, refusal
from pipeline.metrics import names
from pipeline.metrics.counters import read_counts
from pipeline.supervision.changes import Change, Tables, change
from pipeline.transport.fence import Fence, fenced

SILENT_S = 12.0
"""Seconds without an answer of the run after which its cameras count as dead; a plan takes it up to 8 s."""
READY_S = 10.0
"""Seconds after which a camera without a frame counts as ready: another box may fare no better."""
REFUSED_S = 30.0
"""Seconds for which a refusal counts; then the camera is tried again."""
KEPT_S = 5.0
"""Seconds for which a removed camera keeps its fence; frames on their way are dropped after two."""

log = logging.getLogger("emobot")


class LocalCameras:
    """The fleet's cameras in a run.

    Args:
        directory: The run's.
        capacity: Maximum number; 0: by what this machine measures.
        any_source: Whether cameras may read files and run code.
    """

    def __init__(self, directory: Path, capacity: int, *, any_source: bool) -> None:
        self._directory, self._capacity, self._any_source = directory, capacity, any_source
        self._running: dict[str, dict[str, Any]] = {}
        self._since_s: dict[str, float] = {}
        self._fences: dict[str, Fence] = {}
        self._old: dict[str, tuple[Fence, float]] = {}
        self._refused: dict[str, tuple[str, float]] = {}
        self._states: dict[str, str] = {}
        self._clocks: dict[str, float] = {}
        self._paused: frozenset[str] = frozenset()
        self._answered_s = time.monotonic()
        self._busy = 0.0
        self._inherited = fenced(directory)
        """Cameras that an agent before this one has added."""

    @property
    def running(self) -> Mapping[str, dict[str, Any]]:
        """Return the options of each camera, by name."""
        return self._running

    @property
    def refused(self) -> Mapping[str, str]:
        """Return the cameras that this box cannot run, and why."""
        now = time.monotonic()
        return {name: why for name, (why, until_s) in self._refused.items() if now < until_s}

    @property
    def states(self) -> Mapping[str, str]:
        """Return the state of each camera."""
        return self._states

    @property
    def clocks(self) -> Mapping[str, float]:
        """Return this machine's clock minus that of each camera that gives a time, seconds."""
        return self._clocks

    @property
    def ready(self) -> frozenset[str]:
        """Return the cameras that deliver frames, are paused, or have had the time to deliver."""
        now = time.monotonic()
        since = self._since_s.items()
        begun = ("live", "paused")
        return frozenset(name for name, at_s in since if self._states.get(name) in begun or now - at_s > READY_S)

    @property
    def healthy(self) -> bool:
        """Return whether the run answers."""
        return time.monotonic() - self._answered_s < SILENT_S

    def capacity(self) -> int:
        """Return how many cameras this box can run."""
        if self._capacity:
            return self._capacity
        return measured(len(os.sched_getaffinity(0)), self._busy, len(self._running))

    def open(self, camera: str, end_ns: int) -> None:
        """Let a camera's frames pass to the outputs until a time."""
        if fence := self._fences.get(camera):
            fence.open_until(end_ns)

    def shut(self, camera: str) -> None:
        """Let none pass."""
        for fence in (self._fences.get(camera), self._old.get(camera, (None,))[0]):
            if fence:
                fence.close()

    async def look(self) -> None:
        """Read the cameras' states and how busy this machine is."""
        cores = len(os.sched_getaffinity(0))
        self._busy += 0.2 * (psutil.cpu_percent() / 100 * cores - self._busy)
        now = time.monotonic()
        for name, (fence, until_s) in list(self._old.items()):
            if now > until_s:
                fence.remove()
                del self._old[name]
        if self._running:
            counts = await asyncio.to_thread(read_counts, self._directory / "metrics")
            rows = counts.rows(names.STATE)
            states = {labels["camera"]: labels["state"] for labels, value in rows if value}
            states |= dict.fromkeys(self._paused, "paused")  # their processes have said `ended`, or nothing
            self._states = {name: states.get(name, "connecting") for name in self._running}
            clocks = counts.by(names.CAMERA_CLOCK_OFFSET, "camera")
            self._clocks = {name: clocks[name] for name in self._running if clocks.get(name)}
        else:
            self._states, self._clocks = {}, {}

    async def want(self, cameras: Mapping[str, dict[str, Any]], ended: set[str]) -> None:
        """Add and remove cameras until these run, each behind a closed fence; those in `ended` are removed first."""
        try:
            answer = await self._ask(Change())
            tables = answer.config["camera"]
            self._paused = frozenset(name for name, state in answer.states.items() if state == "paused")
            await self._remove(tables, cameras, ended)
            await self._add(tables, cameras)
        except ConfigError as error:
            log.warning("fleet: %s", error)
        except InputError as error:
            log.warning("fleet: the run does not answer: %s", error)

    async def _remove(self, tables: Mapping[str, Any], cameras: Mapping[str, Any], ended: set[str]) -> None:
        for name in [name for name in self._running if name not in tables]:  # the config was read again
            self._forget(name)
        gone = [name for name, keys in self._running.items() if name in ended or cameras.get(name) != keys]
        gone += [name for name in self._inherited if name in tables]
        if gone:
            await self._apply(dict.fromkeys(gone))
        for name in {*gone, *self._inherited}:
            self._forget(name)
        self._inherited = []

    def _forget(self, name: str) -> None:
        self._running.pop(name, None)
        self._since_s.pop(name, None)
        if fence := self._fences.pop(name, None):
            self._old[name] = fence, time.monotonic() + KEPT_S

    async def _add(self, tables: Mapping[str, Any], cameras: Mapping[str, dict[str, Any]]) -> None:
        refused = self.refused
        come = {name: keys for name, keys in cameras.items() if name not in self._running and name not in refused}
        for name, keys in list(come.items()):
            own = "this box has a camera of this name" if name in tables and name not in self._old else ""
            if why := bad_name(name) or own or refusal(keys, any_source=self._any_source):
                self._refuse(name, why)
                del come[name]
        if not come:
            return
        for name in come:
            self._old.pop(name, None)
            self._fences[name] = Fence(self._directory, name)
        try:
            await self._apply(come)
            self._note(come)
        except ConfigError as error:
            for name, keys in come.items():
                try:
                    if len(come) == 1:
                        raise error
                    await self._apply({name: keys})
                    self._note({name: keys})
                except ConfigError as own_error:
                    self._refuse(name, str(own_error).partition("\n")[0])
                    self._forget(name)

    def _note(self, cameras: Mapping[str, dict[str, Any]]) -> None:
        for name, keys in cameras.items():
            self._running[name] = dict(keys)
            self._since_s[name] = time.monotonic()

    def _refuse(self, name: str, why: str) -> None:
        log.warning("fleet: this box refuses the camera %s: %s", name, why)
        self._refused[name] = why, time.monotonic() + REFUSED_S

    async def _apply(self, cameras: Mapping[str, dict[str, Any] | None]) -> None:
        """Change several cameras of the run at once; None removes one."""
        tables = {f"camera.{name}": keys for name, keys in cameras.items()}
        first = next(iter(tables))
        await self._ask(Change(table=first, keys=tables.pop(first), others=tables))

    async def _ask(self, wanted: Change) -> Tables:
        try:
            return await asyncio.to_thread(change, self._directory, wanted)
        finally:
            self._answered_s = time.monotonic()
