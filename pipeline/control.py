"""Changes to a run while it runs: a question names a table of the config and the keys to change in it.

There is one way to change anything: the tables are changed, a new plan is made, with all checks, and the supervisor
starts, ends or replaces the processes whose part of the plan differs. Only those are affected. The answer comes when
the new processes work, or when the change was undone because one of them does not.
"""

import logging
import os
import signal
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pipeline.changes import CHANGEABLE, Change, Tables, control_address
from pipeline.config import Config, load_config, parse_config
from pipeline.config_file import change_file
from pipeline.errors import ConfigError, EmobotError, InputError, Mistake
from pipeline.graph import build_plan
from pipeline.options import REQUIRED, Problems, stage_keys
from pipeline.plan import Plan
from pipeline.privacy import protect_overlay
from pipeline.registry import STAGES, resolve
from pipeline.requests import Responder, Sender
from pipeline.supervisor import Supervisor

log = logging.getLogger("emobot")


@dataclass
class _Wish:
    """A change that was asked for; without `change` the config file is to be read again."""

    sender: Sender = b""
    change: Change | None = None
    config: Config | None = None
    """The tables once it is applied."""


class Control:
    """Answers questions about a run, between two rounds of its supervisor.

    Args:
        config: The tables the run was started with.
        path: The config file, for changes that are to be kept.
        directory: The run's directory.
        supervisor: The run.
    """

    def __init__(self, config: Config, path: Path, directory: Path, supervisor: Supervisor) -> None:
        self._config = config
        self._path = path
        self._supervisor = supervisor
        self._responder = Responder(control_address(directory), Change, Tables)
        self._waiting: deque[_Wish] = deque()
        self._current: _Wish | None = None
        self._reread = False
        self._before = signal.signal(signal.SIGHUP, self._hang_up)
        # whoever starts a run with nohup wants it to outlive the terminal
        self._ends_with_terminal = self._before is not signal.SIG_IGN and _has_terminal()

    def answer(self) -> None:
        """Answer what has been asked, and what was asked before and has been applied now.

        After SIGHUP read the config file again, or end if the terminal is gone.
        """
        if self._reread:
            self._reread = False
            if self._ends_with_terminal and not _has_terminal():
                self._supervisor.end()
            else:
                self._waiting.append(_Wish())
        while (asked := self._responder.receive()) is not None:
            sender, question = asked
            if isinstance(question, InputError):
                self._responder.send(sender, self._tell(str(question)))
            elif question.table:
                self._waiting.append(_Wish(sender=sender, change=question))
            else:
                self._responder.send(sender, self._tell())
        if self._current and not self._supervisor.changing:
            self._conclude(self._current, self._supervisor.outcome)
        while self._waiting and not self._current:
            self._begin(self._waiting.popleft())

    def close(self) -> None:
        """Stop answering."""
        signal.signal(signal.SIGHUP, self._before)
        self._responder.close()

    def _hang_up(self, number: int, frame: object) -> None:
        self._reread = True

    def _begin(self, wish: "_Wish") -> None:
        try:
            wish.config, plan = self._read_again() if wish.change is None else self._changed(wish.change)
            self._supervisor.change(plan)
            self._current = wish
        except EmobotError as error:
            self._refuse(wish, str(error), error.mistakes if isinstance(error, ConfigError) else ())

    def _read_again(self) -> tuple[Config, Plan]:
        config = load_config(self._path)
        for name in ("run", "metrics", "log"):
            if getattr(config, name) != getattr(self._config, name):
                log.warning("[%s] is not changed: it is read only when a run starts", name)
        return config, build_plan(config, str(self._path))

    def _changed(self, wanted: Change) -> tuple[Config, Plan]:
        config = parse_config(changed(msgspec.to_builtins(self._config), wanted), "change")
        plan = build_plan(config, "change")
        if wanted.save:
            # tried first: what was to be kept and cannot be is not made either
            change_file(self._path, wanted.table, wanted.keys, wanted.like, write=False)
        return config, plan

    def _conclude(self, wish: "_Wish", error: str) -> None:
        """Answer a change that was applied, or undone with an error."""
        self._current = None
        if error:
            self._refuse(wish, error)
            return
        assert wish.config is not None
        self._config = wish.config
        if (wanted := wish.change) is None:
            log.info("%s read again", self._path)
            return
        try:
            if wanted.save:
                change_file(self._path, wanted.table, wanted.keys, wanted.like)
        except ConfigError as not_saved:
            self._refuse(wish, f"changed, but not saved: {not_saved}")
            return
        log.info("[%s] changed%s", wanted.table, ", and saved" if wanted.save else "")
        self._responder.send(wish.sender, self._tell())

    def _refuse(self, wish: "_Wish", error: str, mistakes: tuple[Mistake, ...] = ()) -> None:
        if wish.change is None:
            for line in error.splitlines():
                log.error("nothing changed: %s", line)
        else:
            self._responder.send(wish.sender, self._tell(error, mistakes))

    def _tell(self, error: str = "", mistakes: tuple[Mistake, ...] = ()) -> Tables:
        config = msgspec.to_builtins(self._config)
        states = self._supervisor.sources()
        forced = protect_overlay(self._config.privacy, {}, Problems())
        return Tables(
            error=error,
            mistakes=mistakes,
            config={group: config[group] for group in CHANGEABLE},
            defaults={
                name: _defaults(config[name].get("use", use)) | (forced if name == "overlay" else {})
                for name, use in STAGES.items()
            },
            states={name: states.get(f"camera.{name}", "paused") for name in self._config.camera},
        )


def _defaults(use: str) -> dict[str, Any]:
    return {name: key.default for name, key in stage_keys(resolve(use)).items() if key.default is not REQUIRED}


def changed(config: Mapping[str, Any], wanted: Change) -> dict[str, Any]:
    """Return the tables with a change made.

    Raises:
        ConfigError: There is no such table to change.
    """
    group, _, name = wanted.table.partition(".")
    if group not in CHANGEABLE or (group in ("camera", "stage")) != bool(name):
        raise ConfigError(f"expected a table camera.NAME, stage.NAME, detect, emotion or overlay, found {wanted.table}")
    tables = dict(config[group]) if name else {"": dict(config[group])}
    if wanted.keys is None:
        if name not in tables or not name:
            raise ConfigError(f"expected one of {', '.join(tables) or 'no table'}, found {wanted.table} to remove")
        del tables[name]
    else:
        keys = {**tables.get(name, {}), **wanted.keys}
        tables[name] = {key: value for key, value in keys.items() if value is not None}
    return {**config, group: tables if name else tables[""]}


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
