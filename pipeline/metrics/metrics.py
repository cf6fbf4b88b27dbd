"""All metrics, per camera and stage. Every process writes its own file; one endpoint sums them up.

The directory of the files is in the environment variable `PROMETHEUS_MULTIPROC_DIR`. prometheus_client itself would
decide at its import whether there is one; `count_on` and `counting` decide it again for their process.
"""

import fcntl
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import NamedTuple

from prometheus_client import Counter, Gauge, values

from pipeline.metrics import names
from pipeline.metrics.histogram import Histogram
from pipeline.metrics.room import allocate

_SECONDS = (0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15)
_BUCKETS = (*_SECONDS, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0, 10.0)

FRAMES_IN = Counter(names.FRAMES_IN, "Frames a stage received, or a source sent", ["stage", "camera"])
FRAMES_OUT = Counter(names.FRAMES_OUT, "Frames a stage forwarded, or a sink consumed", ["stage", "camera"])
DROPPED = Counter(names.DROPPED, "Frames not processed", ["stage", "camera", "cause"])
"""Causes: `no slot` (the next stages, or the decoder, are busy), `slow` (this output is slow), `away` (the stage is on
another machine and not there), `stale` (too old on arrival), `reclaimed` (held by a process that died), `error` (the
stage failed on it), `left out` (a filter did not forward it: the overlay under load shedding, or a stage of a user)."""
FACES = Counter(names.FACES, "Faces in frames that passed emotion, by label shown", ["camera", "label"])
RECONNECTS = Counter(names.RECONNECTS, "Times a camera was lost", ["camera"])
RESTARTS = Counter(names.RESTARTS, "Times a process was restarted", ["stage"])
COUNTS = Counter(names.COUNTS, "Other counts of a stage, by name", ["stage", "what"])
STATE = Gauge(names.STATE, "1 for the current state", ["camera", "state"], multiprocess_mode="mostrecent")
QUEUE = Gauge(names.QUEUE, "Frames in flight", ["camera"], multiprocess_mode="mostrecent")
CLOCK_OFFSET = Gauge(
    names.CLOCK_OFFSET,
    "This machine's clock minus that of the machine whose frames a stage receives",
    ["stage"],
    multiprocess_mode="mostrecent",
)
CAMERA_CLOCK_OFFSET = Gauge(
    names.CAMERA_CLOCK_OFFSET,
    "This machine's clock minus the camera's, by its RTCP sender reports, with the network's delay",
    ["camera"],
    multiprocess_mode="mostrecent",
)
SAVING = Gauge(
    names.SAVING,
    "Load shedding level under CPU overload: 0 none, 4 most",
    ["camera"],
    multiprocess_mode="mostrecent",
)
DEVICE = Gauge(
    names.DEVICE,
    "1 for the device on which a stage runs a network",
    ["stage", "network", "device"],
    multiprocess_mode="mostrecent",
)
DECODER = Gauge(
    names.DECODER,
    "1 for the element that decodes a camera or recording",
    ["camera", "decoder"],
    multiprocess_mode="mostrecent",
)
SECONDS = Counter(names.SECONDS, "Seconds from a source's first frame to its latest", ["camera"])
POSITION = Gauge(names.POSITION, "In the stream", ["camera"], multiprocess_mode="mostrecent")
DURATION = Gauge(names.DURATION, "Length of the stream, 0: unknown", ["camera"], multiprocess_mode="mostrecent")
SERVICE = Histogram(names.SERVICE, "Time a stage takes for a frame", ["stage"], buckets=_BUCKETS)
AGE = Histogram(names.AGE, "Time since a frame's capture when a stage is done", ["stage", "camera"], buckets=_BUCKETS)
BATCH = Histogram(names.BATCH, "Frames in a batch of a stage", ["stage"], buckets=(1, 2, 4, 8, 16, 32, 64))


STATES = ("connecting", "live", "stalled", "offline", "ended", "paused", "removed")
"""States of a camera: its source reports the first five, the supervisor the others."""


def set_state(camera: str, state: str) -> None:
    """Record the state of a camera, one of `STATES`."""
    for one in STATES:
        STATE.labels(camera, one).set(one == state)


class Passing(NamedTuple):
    """Counters that every frame of a camera increments at a stage."""

    frames_in: Counter
    frames_out: Counter
    age: Histogram


@cache
def passing(stage: str, camera: str) -> Passing:
    """Return the counters of a stage and camera; cached, because a lookup costs as much as counting."""
    labels = stage, camera
    # it appears as 0: Prometheus sees no increase in a series that begins with its first failure
    DROPPED.labels(stage, camera, "error")
    return Passing(FRAMES_IN.labels(*labels), FRAMES_OUT.labels(*labels), AGE.labels(*labels))


@cache
def faces_shown(camera: str, label: str) -> Counter:
    """Return the counter of a camera's faces with a label."""
    return FACES.labels(camera, label)


@cache
def saving(camera: str) -> Gauge:
    """Return the gauge of a camera's load shedding."""
    return SAVING.labels(camera)


def count_on(name: str) -> None:
    """Continue the files of an earlier process of this name, so that restarts do not add files for ever.

    Living processes of the same name, as during a replacement, have different files.

    Args:
        name: Name of the stage's worker.
    """
    if directory := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        allocate()
        identifier = next(free for n in count() if _is_free(Path(directory) / (free := f"{name}.{n}")))
        values.ValueClass = values.MultiProcessValue(lambda: identifier)  # type: ignore[no-untyped-call]


@contextmanager
def counting(name: str) -> Iterator[None]:
    """Let this process count in files of its own, in the directory of the run that it is for now.

    Args:
        name: Name of the files; no other process of the run has it.
    """
    before = values.ValueClass
    directory = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    allocate(directory / f"{kind}_{name}.db" for kind in ("counter", "gauge_mostrecent"))
    values.ValueClass = values.MultiProcessValue(lambda: name)  # type: ignore[no-untyped-call]
    try:
        # values of an earlier run are in the files of that one
        _forget()
        yield
    finally:
        values.ValueClass = before
        _forget()


def _forget() -> None:
    with warnings.catch_warnings():
        # that the files keep the values, which is right: each run has its own
        warnings.simplefilter("ignore", UserWarning)
        for metric in (RESTARTS, STATE):
            metric.clear()


def _is_free(path: Path) -> bool:
    """Acquire this name for the process; return whether no other process has it."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    return True  # never closed: the kernel releases the lock when the process ends
