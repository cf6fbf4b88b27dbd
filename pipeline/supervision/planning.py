"""Makes the next plan of a run in a process of its own.

A plan runs foreign code and text: a stage's module may loop for ever, call `os._exit` or crash the interpreter, and a
pattern may search the whole disk. That ends the planning process and not the run. The new process also reads edited
modules again.
"""

import logging
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import multiprocess
from multiprocess.connection import Connection
from setproctitle import setproctitle

from pipeline.config.config import Config, load_config, parse_config
from pipeline.config.graph import build_plan
from pipeline.config.options import REQUIRED, stage_keys
from pipeline.config.plan import Plan
from pipeline.config.registry import OPTIONAL, STAGES, resolve
from pipeline.errors import ConfigError, EmobotError
from pipeline.foreign import contained
from pipeline.supervision.starvation import waited_s
from pipeline.supervision.workers import WORKERS
from pipeline.worker.logs import set_up_logging
from pipeline.worker.parent import die_with
from pipeline.worker.priority import give_way

LIMIT_S = 8.0
"""Seconds planning may take. It normally takes 0.15 s; the supervisor waits for it, and systemd waits 15 s."""
MOST_S = 12.0
"""Seconds planning may take on a machine whose processor is saturated."""
CHANGE = "the change"
"""Name of tables that come from no file, in messages."""

log = logging.getLogger("emobot")


class Planned(NamedTuple):
    """The result of planning a config."""

    config: Config
    plan: Plan
    defaults: dict[str, dict[str, Any]]
    """See `stage_defaults`."""


def plan_apart(source: Mapping[str, Any] | Path, where: str, level: str = "info") -> Planned:
    """Read and check a config, and link its stages, in a process of its own.

    Args:
        source: The tables, or a file with them.
        where: Name of the file, for the messages; "" for a change, whose messages need none.
        level: Log level; `debug` includes tracebacks of foreign code.

    Raises:
        ConfigError: One line for each mistake, or one that gives the end of that process.
    """
    receiver, sender = multiprocess.Pipe(duplex=False)
    name = where or CHANGE
    with contained(f"a process to make the plan of {name} in"), receiver:
        with sender:
            process = WORKERS.start(_work, source, where, level, os.getpid(), channel=sender)
        try:
            if not receiver.poll(LIMIT_S):
                starved_s = waited_s(process.pid)
                if not receiver.poll(min(starved_s, MOST_S - LIMIT_S)):
                    raise ConfigError(f"{name}: expected a plan within {LIMIT_S:g} s, found none: {_why(starved_s)}")
            answer: Planned | EmobotError = receiver.recv()
        except EOFError:
            process.join()
            code = process.exitcode or 0
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise ConfigError(f"{name}: expected a plan, found that a module of `use` ended Python: {how}") from None
        finally:
            process.kill()
            process.join()
            process.close()
    if isinstance(answer, EmobotError):
        raise answer
    return answer


def _why(starved_s: float) -> str:
    if starved_s > LIMIT_S / 2:
        return f"the processor of this machine was busy with others for {starved_s:.1f} s of it, try again"
    return "does a module of `use` wait for something, or a source scan a whole disk?"


def make_plan(source: Mapping[str, Any] | Path, where: str) -> Planned:
    """Do what `plan_apart` does, in this process.

    Raises:
        ConfigError: One line for each mistake.
    """
    with contained(f"tables that can be planned in {where or CHANGE}"):
        config = load_config(source) if isinstance(source, Path) else parse_config(dict(source), where)
        return Planned(config, build_plan(config, where), stage_defaults(config))


def stage_defaults(config: Config) -> dict[str, dict[str, Any]]:
    """Return all options of `detect`, `emotion`, `overlay` and, if it runs, `landmarks` with their defaults."""
    found = {name: getattr(config, name) for name in (*STAGES, *OPTIONAL)}
    uses = {name: use for name, use in (STAGES | OPTIONAL).items() if found[name] is not None}
    return {name: _defaults(str(found[name].get("use", use))) for name, use in uses.items()}


def _defaults(use: str) -> dict[str, Any]:
    keys = stage_keys(resolve(use)).items()
    return {name: key.default for name, key in keys if key.default is not REQUIRED and _can_be_sent(key.default)}


def _can_be_sent(value: object) -> bool:
    try:
        msgspec.msgpack.encode(value)
    except Exception:  # a third-party stage may have any object as a default
        return False
    return True


def _work(answers: Connection, source: Mapping[str, Any] | Path, where: str, level: str, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not die_with(parent):
        return
    setproctitle("emobot plan")
    give_way()
    # this process keeps no counters, even if a module imports them
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    set_up_logging(level, "plan")
    name = where or CHANGE
    answer: Planned | EmobotError
    try:
        answer = make_plan(source, where)
    except EmobotError as error:
        answer = error
    except KeyboardInterrupt:
        answer = ConfigError(f"{name}: expected a plan, found that a module of `use` raises KeyboardInterrupt")
    try:
        answers.send(answer)
    except Exception as error:
        answers.send(ConfigError(f"{name}: expected options that can be sent to a process, found {error!r}"))
