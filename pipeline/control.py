"""Changes to a run while it runs: a question names a table of the config and the keys to change in it.

There is one way to change anything: the tables are changed, the plan is made anew, with all checks, and the supervisor
starts, ends or renews the processes whose part of the plan is another one. Nobody else notices.
"""

import datetime
import logging
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from pipeline.changes import CHANGEABLE, Change, Tables, control_address
from pipeline.config import Config
from pipeline.config_file import change_file
from pipeline.errors import ConfigError, EmobotError, InputError, Mistake
from pipeline.foreign import contained, describe_error, one_line
from pipeline.options import Problems
from pipeline.planning import plan_apart, stage_defaults
from pipeline.privacy import protect_overlay
from pipeline.requests import Responder
from pipeline.supervisor import Supervisor

_DATES = (datetime.datetime, datetime.date, datetime.time)
"""Of TOML; an option of a foreign stage may be one, and stays one when something else changes."""

log = logging.getLogger("emobot")


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
        self._defaults = stage_defaults(config)
        self._path = path
        self._supervisor = supervisor
        self._responder = Responder(control_address(directory), Change, Tables)
        self._reread = False
        self._before = signal.signal(signal.SIGHUP, self._hang_up)
        # whoever starts a run with nohup wants it to outlive the terminal
        self._ends_with_terminal = self._before is not signal.SIG_IGN and _has_terminal()

    def answer(self) -> None:
        """Answer what has been asked. After SIGHUP read the config file again, or end if the terminal is gone."""
        if self._reread:
            self._reread = False
            if self._ends_with_terminal and not _has_terminal():
                self._supervisor.end()
            else:
                self._reload()
        while (question := self._responder.receive()) is not None:
            try:
                if isinstance(question, InputError):
                    raise question
                if question.table:
                    self._apply(question)
                self._responder.send(self._tell())
            except Exception as error:  # nothing that is asked may end a run
                self._refuse(error)

    def close(self) -> None:
        """Stop answering."""
        signal.signal(signal.SIGHUP, self._before)
        self._responder.close()

    def _hang_up(self, number: int, frame: object) -> None:
        self._reread = True

    def _reload(self) -> None:
        try:
            planned = plan_apart(self._path, str(self._path), self._config.log.level)
            self._supervisor.apply(planned.plan)
        except Exception as error:  # nothing in a file may end a run
            for line in refusal(error).splitlines():
                log.error("nothing changed: %s", line)
        else:
            self._config, self._defaults = planned.config, planned.defaults
            log.info("%s read again", self._path)

    def _refuse(self, error: Exception) -> None:
        text = refusal(error)
        try:
            self._responder.send(self._tell(text, error.mistakes if isinstance(error, ConfigError) else ()))
        except Exception:
            log.exception("expected tables that can be sent")
            self._responder.send(Tables(error=text))

    def _apply(self, wanted: Change) -> None:
        tables = changed(msgspec.to_builtins(self._config, builtin_types=_DATES), wanted)
        planned = plan_apart(tables, "change", self._config.log.level)
        self._supervisor.check(planned.plan)
        if wanted.save:
            # first: what was to be kept and cannot be is not made either
            with contained(f"tables that can be changed in {self._path}"):
                change_file(self._path, wanted.table, wanted.keys, wanted.like)
        self._supervisor.apply(planned.plan)
        self._config, self._defaults = planned.config, planned.defaults
        log.info("[%s] changed%s", wanted.table, ", and saved" if wanted.save else "")

    def _tell(self, error: str = "", mistakes: tuple[Mistake, ...] = ()) -> Tables:
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
    """Return why nothing was changed, a line for each mistake; the traceback of what nobody expected is logged."""
    if not isinstance(error, EmobotError):
        log.error("a change failed", exc_info=error)
        return f"expected a change that can be made, found {describe_error(error)}"
    return "\n".join(one_line(line, 1000) for line in str(error).splitlines()) or type(error).__name__


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
