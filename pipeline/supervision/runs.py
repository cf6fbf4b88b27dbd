"""Which runs there are on this machine, and how a person says which one is meant."""

import os
import time
from collections.abc import Collection
from pathlib import Path

import msgspec

from pipeline.config.graph import stage_default
from pipeline.config.plan import Plan
from pipeline.config.registry import OUTPUTS
from pipeline.errors import EmobotError, InputError
from pipeline.messages import Message
from pipeline.supervision.changes import Change, change, own_run
from pipeline.supervision.workplace import running

ABOUT_FILE = "about.json"
RUN_HELP = "The run, by its config file or process number, if several run on this machine."
ANSWER_S = 2.0
"""Seconds to wait for a run's cameras when several runs are listed."""


class About(Message, frozen=True, kw_only=True):
    """What a run says of itself in a file in its directory."""

    config: str
    """Path of the config file."""
    pid: int
    """Of the supervisor."""
    started_s: float
    """Unix time."""
    metrics: str = ""
    """`address:port` of the metrics; empty: none."""
    events: tuple[str, ...] = ()
    """Addresses of the outputs of kind events."""


def describe_run(directory: Path, plan: Plan, config: Path, metrics: str) -> None:
    """Write down what a run that begins is."""
    events = tuple(
        str(node.options.get("address", stage_default(node.use, "address")))
        for node in plan.nodes
        if node.use == OUTPUTS["events"]
    )
    # a name that is no UTF-8 cannot be written; the run is then found by its process number
    name = str(config).encode("utf-8", "replace").decode("utf-8")
    about = About(config=name, pid=os.getpid(), started_s=time.time(), metrics=metrics, events=events)
    # whole or not at all: others may look for it at any time
    partial = directory / f"{ABOUT_FILE}.partial"
    partial.write_bytes(msgspec.json.encode(about))
    partial.replace(directory / ABOUT_FILE)


def find_runs() -> dict[Path, About]:
    """Return the directories of the runs of this machine that can be changed, with what they are; no batches."""
    found = {}
    for directory in running():
        try:
            found[directory] = msgspec.json.decode((directory / ABOUT_FILE).read_bytes(), type=About)
        except (OSError, msgspec.MsgspecError):
            continue  # a batch, a run that begins or has just ended, or one of another version
    return found


def find_run(directory: str = "", name: str = "") -> Path:
    """Return the directory of the run that is meant.

    Args:
        directory: The directory itself; goes before everything else.
        name: The run's config file, by its path or its file name, or its process number.

    Raises:
        InputError: None runs, or several do and it does not say which.
    """
    if directory:
        return Path(directory).absolute()
    own = own_run()
    if own and not name:
        return own
    runs = find_runs()
    meant = {path: about for path, about in runs.items() if not name or _is_meant(about, name)}
    if len(meant) == 1:
        return next(iter(meant))
    if not runs:
        raise InputError("expected a run on this machine, found none: `emobot run` starts one")
    wanted = f"one run for --run {name}" if name else "one run"
    found = {0: "none of them"}.get(len(meant), _count(len(meant)))
    shown = meant or runs
    words = [_in_words(about, runs.values(), directory) for directory, about in shown.items()]
    raise InputError(f"expected {wanted}, found {found}: {'; '.join(words)}")


def about_run(name: str = "") -> About | None:
    """Return what the run that is meant says of itself; None if there is none and none was named.

    Raises:
        InputError: Several run and it does not say which, or none is of that name.
    """
    runs = find_runs()
    if not runs and not name:
        return None
    directory = find_run("", name)
    return runs.get(directory)


def reachable(address: str) -> str:
    """Return the address at which this machine reaches what listens at one: of everywhere, its own."""
    head, slashes, place = address.rpartition("://")
    host, colon, port = place.rpartition(":")
    host = {"": "127.0.0.1", "*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)
    return f"{head}{slashes}{host}{colon}{port}" if head != "ipc" else address


def _is_meant(about: About, name: str) -> bool:
    path = Path(about.config)
    return name in (path.name, path.stem, str(about.pid)) or path == Path(name).absolute()


def _count(number: int) -> str:
    return {2: "two", 3: "three", 4: "four"}.get(number, str(number))


def _in_words(about: About, all_runs: Collection[About], directory: Path) -> str:
    """Return a run as a person would say it, with what to type."""
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
