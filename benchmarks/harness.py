"""Repeated measurements: wall-clock time, CPU time, median and spread."""

import contextlib
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

WARM_UP = 2
"""Uncounted repetitions, in which caches fill, clock rates rise and libraries choose their kernels."""
REPETITIONS = 9


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Repeated measurements of one number."""

    median: float
    low: float
    """Lower quartile; half of the repetitions lie between it and `high`."""
    high: float
    n: int

    def __str__(self) -> str:
        return f"{digits(self.median)} ({digits(self.low)}-{digits(self.high)})"


def spread(values: Sequence[float]) -> Spread:
    """Return median and quartiles (`statistics.quantiles`, inclusive).

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("expected at least one measurement, found none")
    low, median, high = statistics.quantiles(values, method="inclusive") if len(values) > 1 else [values[0]] * 3
    return Spread(median=median, low=low, high=high, n=len(values))


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """The cost of one unit of work, in milliseconds."""

    cpu_ms: Spread
    """CPU time of all threads of this process and of its finished children."""
    wall_ms: Spread


def measure(work: Callable[[], int], *, repetitions: int = REPETITIONS, warm_up: int = WARM_UP) -> Cost:
    """Measure the cost of repeated work.

    Args:
        work: Does the work once and returns the number of units (frames, faces), at least one.
        repetitions: Number of measured repetitions.
        warm_up: Number of repetitions before the measurement.
    """
    cpu_ms, wall_ms = [], []
    for n in range(warm_up + repetitions):
        wall, cpu = time.perf_counter(), _cpu_s()
        units = work()
        cpu, wall = _cpu_s() - cpu, time.perf_counter() - wall
        if n >= warm_up:
            cpu_ms.append(cpu * 1e3 / units)
            wall_ms.append(wall * 1e3 / units)
    return Cost(cpu_ms=spread(cpu_ms), wall_ms=spread(wall_ms))


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Restrict this process to one core, including its existing and future threads."""
    cores = os.sched_getaffinity(0)
    _pin({min(cores)})
    try:
        yield
    finally:
        _pin(cores)


def _pin(cores: set[int]) -> None:
    # libraries keep thread pools, so restricting the current thread is not enough
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), cores)


def plain(value: Any) -> Any:
    """Return structs as JSON dictionaries."""
    return msgspec.to_builtins(value)


def quantiles(values: Sequence[float], at: Sequence[float]) -> list[float]:
    """Return quantiles with linear interpolation; NaN without values."""
    import numpy as np

    return [float(v) for v in np.quantile(values, at)] if len(values) else [float("nan")] * len(at)


def digits(value: float) -> str:
    """Return a number with three significant digits, without an exponent."""
    size = abs(value)
    return (
        f"{value:.0f}"
        if size >= 100
        else f"{value:.1f}"
        if size >= 10
        else f"{value:.2f}"
        if size >= 1
        else f"{value:.3f}"
    )


def _cpu_s() -> float:
    times = os.times()
    # process_time has nanosecond resolution; the children's times only have clock ticks
    return time.process_time() + times.children_user + times.children_system
