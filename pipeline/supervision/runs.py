"""Finds the runs on this machine, and the one a user names."""

import logging
import os
import socket
import time
from collections.abc import Collection
from pathlib import Path

import msgspec
import psutil

from pipeline.config.graph import stage_default
from pipeline.config.plan import Plan
from pipeline.config.registry import OUTPUTS
from pipeline.errors import EmobotError, InputError
from pipeline.messages import Message
from pipeline.supervision.changes import Change, change, own_run
from pipeline.supervision.workplace import is_locked, running
from pipeline.whole_file import written_whole

ABOUT_FILE = "about.json"
DIR_HELP = "The run's directory."
RUN_HELP = "Config file or PID of the run, if there are several on this machine."
ANSWER_S = 2.0
"""Seconds to wait for a run's cameras when several runs are listed."""


log = logging.getLogger("emobot")


class About(Message, frozen=True, kw_only=True):
    """What a run publishes about itself in a file in its directory."""

    config: str
    """Path of the config file."""
    pid: int
    """PID of the supervisor."""
    started_s: float
    """Start of the run, UNIX seconds."""
    metrics: str = ""
    """`address:port` of the metrics; empty: none."""
    events: tuple[str, ...] = ()
    """Addresses of the outputs of kind events."""
    keys: dict[str, str] = {}
    """Files of their key pairs by address; those without one are left out."""


def describe_run(directory: Path, plan: Plan, config: Path, metrics: str, started_s: float) -> None:
    """Write a run's `About` to its directory, at its start and after each change.

    Args:
        directory: The run's.
        plan: Its current plan.
        config: Its config file.
        metrics: `address:port` of its metrics; empty: none.
        started_s: Its start, UNIX seconds.
    """
    outputs = [node for node in plan.nodes if node.use == OUTPUTS["events"]]
    events = tuple(str(node.options.get("address", stage_default(node.use, "address"))) for node in outputs)
    files = {
        address: str(Path(file).absolute())
        for address, node in zip(events, outputs, strict=True)
        if (file := node.options.get("key"))
    }
    # JSON cannot hold a name that is not UTF-8; such a run is found by its PID
    name = str(config).encode("utf-8", "replace").decode("utf-8")
    about = About(config=name, pid=os.getpid(), started_s=started_s, metrics=metrics, events=events, keys=files)
    try:
        # other processes may read it at any time
        with written_whole(directory / ABOUT_FILE) as partial:
            partial.write_bytes(msgspec.json.encode(about))
    except OSError as error:  # the disk is full: who looks for runs sees an older description, or none
        log.warning("expected to describe this run in %s, found %s", directory, error.strerror)


def find_runs() -> dict[Path, About]:
    """Return the runs on this machine by directory, without batches."""
    found = {}
    for directory in running():
        if about := _read_about(directory):
            found[directory] = about
    return found


def find_run(directory: str = "", name: str = "") -> Path:
    """Return the directory of the selected run.

    Args:
        directory: The directory itself; overrides everything else.
        name: Path or name of the run's config file, or its PID.

    Raises:
        InputError: There is no run, or several match.
    """
    if directory:
        path = Path(directory).absolute()
        if not is_locked(path):
            raise InputError(f"--dir: expected the directory of a run, found no run of yours in {path}")
        return path
    own = own_run()
    if own and not name:
        return own
    runs = find_runs()
    meant = {path: about for path, about in runs.items() if not name or _matches(about, name)}
    if len(meant) == 1:
        return next(iter(meant))
    if not runs:
        raise InputError("expected a run on this machine, found none: `emobot run` starts one")
    wanted = f"one run for --run {name}" if name else "one run"
    found = {0: "none of them"}.get(len(meant), _count(len(meant)))
    shown = meant or runs
    words = [_describe(about, runs.values(), directory) for directory, about in shown.items()]
    raise InputError(f"expected {wanted}, found {found}: {'; '.join(words)}")


def about_run(name: str = "", directory: str = "") -> About | None:
    """Return the `About` of the selected run, as `find_run` selects it; None if there is no run and none was named.

    Raises:
        InputError: Several runs match, or none has this name or directory.
    """
    if directory:
        if about := _read_about(find_run(directory)):
            return about
        raise InputError(f"--dir: expected the directory of `emobot run`, found no {ABOUT_FILE} in {directory}")
    runs = find_runs()
    if not runs and not name:
        return None
    return runs.get(find_run("", name))


def reachable(address: str) -> str:
    """Return the address to connect to from this machine: wildcard addresses become loopback, interfaces their own."""
    head, slashes, place = address.rpartition("://")
    host, colon, port = place.rpartition(":")
    if own := [one.address for one in psutil.net_if_addrs().get(host, ()) if one.family == socket.AF_INET]:
        host = own[0]
    host = {"": "127.0.0.1", "*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)
    return f"{head}{slashes}{host}{colon}{port}" if head != "ipc" else address


def _read_about(directory: Path) -> About | None:
    """Return what a run publishes about itself; None of a batch, a run that is starting, or of another version."""
    try:
        return msgspec.json.decode((directory / ABOUT_FILE).read_bytes(), type=About)
    except (OSError, msgspec.MsgspecError):
        return None


def _matches(about: About, name: str) -> bool:
    path = Path(about.config)
    return name in (path.name, path.stem, str(about.pid)) or path == Path(name).absolute()


def _count(number: int) -> str:
    return {2: "two", 3: "three", 4: "four"}.get(number, str(number))


def _describe(about: About, all_runs: Collection[About], directory: Path) -> str:
    """Return a readable description of a run, with the option that selects it."""
    try:
        names = list(change(directory, Change(), ANSWER_S).config["camera"])
    except EmobotError:
        cameras = "does not answer"
    else:
        cameras = ("cameras " if len(names) != 1 else "camera ") + (", ".join(names) or "none")
    started = time.localtime(about.started_s)
    today = started[:3] == time.localtime()[:3]
    since = time.strftime("%H:%M" if today else "%Y-%m-%d %H:%M", started)
    path = Path(about.config)
    same_path = sum(other.config == about.config for other in all_runs)
    same_name = sum(Path(other.config).name == path.name for other in all_runs)
    key = str(about.pid) if same_path > 1 else about.config if same_name > 1 else path.name
    return f"{path.name} (since {since}, {cameras}; --run {key})"
