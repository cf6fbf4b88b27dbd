"""Changes to a run while it runs: a request names a table of the config and the keys to change in it.

Every change takes the same way: change the tables, build and check a new plan, and let the supervisor start, stop or
replace the processes whose part of the plan differs. Only those are affected. The reply is sent when the new processes
work, or when the change was undone because one of them does not.
"""

import logging
import os
import signal
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pipeline.config.config import Config, tables_of
from pipeline.config.options import Problems
from pipeline.config.plan import Plan
from pipeline.config.save import change_file
from pipeline.config.tables.privacy import protect_overlay
from pipeline.errors import ConfigError, EmobotError, InputError, Mistake
from pipeline.foreign import contained, describe_error, one_line
from pipeline.metrics.metrics import set_state
from pipeline.supervision.changes import CHANGEABLE, Change, Tables, control_address
from pipeline.supervision.planning import Planned, plan_apart, stage_defaults
from pipeline.supervision.supervisor import Supervisor
from pipeline.transport.ask import Responder, Sender

log = logging.getLogger("emobot")


@dataclass
class _Wish:
    """A requested change; without `change` the config file is reloaded."""

    sender: Sender = b""
    change: Change | None = None
    planned: Planned | None = None


class Control:
    """Answers requests to a run, between two polls of its supervisor.

    Args:
        config: The tables the run was started with.
        path: The config file, for changes to save.
        directory: The run's directory.
        supervisor: The run.
        applied: Called with each new plan that was applied.
    """

    def __init__(
        self,
        config: Config,
        path: Path,
        directory: Path,
        supervisor: Supervisor,
        applied: Callable[[Plan], None] = lambda plan: None,
    ) -> None:
        self._config = self._began = config
        self._defaults = stage_defaults(config)
        self._path = path
        self._supervisor = supervisor
        self._applied = applied
        self._responder = Responder(control_address(directory), Change, Tables)
        for name in (name for name, table in config.camera.items() if not table.get("enabled", True)):
            set_state(name, "paused")
        self._waiting: deque[_Wish] = deque()
        self._current: _Wish | None = None
        self._reread = False
        self._before = signal.signal(signal.SIGHUP, self._hang_up)
        # a run started with nohup must outlive the terminal
        self._ends_with_terminal = self._before is not signal.SIG_IGN and has_terminal()

    def answer(self) -> None:
        """Answer new requests, and the earlier request that has now been applied.

        After SIGHUP reload the config file, or stop if the terminal is gone.
        """
        if self._reread:
            self._reread = False
            if self._ends_with_terminal and not has_terminal():
                self._supervisor.end()
            else:
                self._waiting.append(_Wish())
        while (asked := self._responder.receive()) is not None:
            sender, question = asked
            if isinstance(question, InputError):
                self._refuse(_Wish(sender, Change()), question)
            elif question.table:
                self._waiting.append(_Wish(sender, question))
            else:
                self._send(sender)
        if self._current and not self._supervisor.changing:
            self._conclude(self._current, self._supervisor.outcome)
        # one at a time: planning takes a moment, and heartbeats must be read in between
        if self._waiting and not self._current:
            self._begin(self._waiting.popleft())

    def close(self) -> None:
        """Stop answering."""
        signal.signal(signal.SIGHUP, self._before)
        self._responder.close()

    def _hang_up(self, number: int, frame: object) -> None:
        self._reread = True

    def _begin(self, wish: "_Wish") -> None:
        try:
            wish.planned = self._read_again() if wish.change is None else self._changed(wish.change)
            self._supervisor.change(wish.planned.plan)
            self._current = wish
        except Exception as error:  # no request may end a run
            self._refuse(wish, error)

    def _read_again(self) -> Planned:
        if not self._path.is_file():
            # a pipe, as of `emobot run <(...)`, would keep the reader waiting
            found = f"no file: {self._path}" if self._path.exists() else f"no {self._path}"
            raise ConfigError(f"expected a config file, found {found}")
        planned = plan_apart(self._path, str(self._path), self._config.log.level)
        for name in ("run", "metrics", "log", "fleet"):
            if getattr(planned.config, name) != getattr(self._began, name):
                log.warning("[%s] is unchanged: it is read only when a run starts", name)
        return planned

    def _changed(self, wanted: Change) -> Planned:
        tables = changed(tables_of(self._config), wanted)
        planned = plan_apart(tables, "", self._config.log.level)
        if wanted.save:
            # try first: a change that cannot be saved is not applied either
            self._save(wanted, write=False)
        return planned

    def _note_states(self, new: Config) -> None:
        """Record the cameras that no longer run; their processes reported `ended`."""
        for name in self._config.camera:
            if name not in new.camera:
                set_state(name, "removed")
            elif not new.camera[name].get("enabled", True):
                set_state(name, "paused")

    def _save(self, wanted: Change, *, write: bool) -> None:
        with contained(f"tables that can be changed in {self._path}"):
            change_file(self._path, wanted.table, wanted.keys, wanted.instead, write=write)

    def _conclude(self, wish: "_Wish", undone: str) -> None:
        """Reply to a change that was applied, or undone for the reason in `undone`."""
        self._current = None
        if undone or not wish.planned:
            self._refuse(wish, ConfigError(undone))
            return
        self._note_states(wish.planned.config)
        self._applied(wish.planned.plan)
        self._config, self._defaults = wish.planned.config, wish.planned.defaults
        if (wanted := wish.change) is None:
            log.info("reloaded %s", self._path)
            return
        if wanted.save:
            try:
                self._save(wanted, write=True)
            except ConfigError as error:
                self._refuse(wish, ConfigError(f"changed, but not saved: {error}"))
                return
        names = ", ".join((wanted.table, *wanted.others))
        log.info("[%s] changed%s", names, ", and saved" if wanted.save else "")
        self._send(wish.sender)

    def _refuse(self, wish: "_Wish", error: Exception) -> None:
        text = refusal(error)
        if wish.change is None:
            for line in text.splitlines():
                log.error("nothing changed: %s", line)
        else:
            self._send(wish.sender, text, error.mistakes if isinstance(error, ConfigError) else ())

    def _send(self, sender: Sender, error: str = "", mistakes: tuple[Mistake, ...] = ()) -> None:
        try:
            self._responder.send(sender, self._tables(error, mistakes))
        except Exception as failure:
            self._responder.send(sender, Tables(error=error or refusal(failure)))

    def _tables(self, error: str = "", mistakes: tuple[Mistake, ...] = ()) -> Tables:
        config = msgspec.to_builtins(self._config)
        states = self._supervisor.sources()
        forced = protect_overlay(self._config.privacy, {}, Problems())
        return Tables(
            error=error,
            mistakes=mistakes,
            config={group: config[group] for group in CHANGEABLE},
            defaults={**self._defaults, "overlay": self._defaults["overlay"] | forced},
            states={name: states.get(f"camera.{name}", "paused") for name in self._config.camera},
        )


def refusal(error: Exception) -> str:
    """Return why a change was refused, one line per mistake; the traceback of an unexpected error is logged."""
    if not isinstance(error, EmobotError):
        log.error("change failed", exc_info=error)
        return f"expected a change that can be made, found {describe_error(error)}"
    return "\n".join(one_line(line, 1000) for line in str(error).splitlines()) or type(error).__name__


def changed(config: Mapping[str, Any], wanted: Change) -> dict[str, Any]:
    """Return the tables with a change made.

    Raises:
        ConfigError: There is no such table to change.
    """
    for table, keys in wanted.others.items():
        config = changed(config, Change(table=table, keys=keys))
    if wanted.instead:
        config = changed(config, Change(table=wanted.instead, keys=None))
    group, _, name = wanted.table.partition(".")
    if group not in CHANGEABLE or (group in ("camera", "stage")) != bool(name):
        known = "camera.NAME, stage.NAME, detect, landmarks, emotion or overlay"
        raise ConfigError(f"expected a table {known}, found {wanted.table}")
    if config.get(group) is None:
        raise ConfigError(f"expected a run with [{group}], found none: add it to the config file and restart")
    tables = dict(config[group]) if name else {"": dict(config[group])}
    if wanted.keys is None:
        if name not in tables or not name:
            raise ConfigError(f"expected one of {', '.join(tables) or 'no table'}, found {wanted.table} to remove")
        del tables[name]
    else:
        keys = {**tables.get(name, {}), **wanted.keys}
        tables[name] = {key: value for key, value in keys.items() if value is not None}
    return {**config, group: tables if name else tables[""]}


def has_terminal() -> bool:
    """Return whether this process has a controlling terminal."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
