"""Changes to a run while it runs: a question names a table of the config and the keys to change in it.

There is one way to change anything: the tables are changed, the plan is made anew, with all checks, and the supervisor
starts, ends or renews the processes whose part of the plan is another one. Nobody else notices.
"""

import logging
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from pipeline.changes import CHANGEABLE, Change, Tables, control_address
from pipeline.config import Config, load_config, parse_config
from pipeline.config_file import change_file
from pipeline.errors import ConfigError, EmobotError, InputError, Mistake
from pipeline.graph import build_plan
from pipeline.options import REQUIRED, Problems, stage_keys
from pipeline.privacy import protect_overlay
from pipeline.registry import STAGES, resolve
from pipeline.requests import Responder
from pipeline.supervisor import Supervisor

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
            except EmobotError as error:
                mistakes = error.mistakes if isinstance(error, ConfigError) else ()
                self._responder.send(self._tell(str(error), mistakes))

    def close(self) -> None:
        """Stop answering."""
        signal.signal(signal.SIGHUP, self._before)
        self._responder.close()

    def _hang_up(self, number: int, frame: object) -> None:
        self._reread = True

    def _reload(self) -> None:
        try:
            config = load_config(self._path)
            self._supervisor.apply(build_plan(config, str(self._path)))
        except EmobotError as error:
            for line in str(error).splitlines():
                log.error("nothing changed: %s", line)
        else:
            self._config = config
            log.info("%s read again", self._path)

    def _apply(self, wanted: Change) -> None:
        tables = changed(msgspec.to_builtins(self._config), wanted)
        config = parse_config(tables, "change")
        plan = build_plan(config, "change")
        self._supervisor.check(plan)
        if wanted.save:
            # first: what was to be kept and cannot be is not made either
            change_file(self._path, wanted.table, wanted.keys, wanted.like)
        self._supervisor.apply(plan)
        self._config = config
        log.info("[%s] changed%s", wanted.table, ", and saved" if wanted.save else "")

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
