"""How to change a run while it runs: name a table of its config and the keys to change in it."""

import os
from pathlib import Path
from typing import Any

from pipeline.config.plan import RUN_VARIABLE
from pipeline.config.values import bad_values
from pipeline.errors import ConfigError, Mistake
from pipeline.messages import Message
from pipeline.transport.ask import ask


class Change(Message, frozen=True, kw_only=True):
    """What is to change."""

    table: str = ""
    """`camera.NAME`, `detect`, `emotion`, `overlay` or `stage.NAME`; empty: nothing, only tell the tables."""
    keys: dict[str, Any] | None = {}
    """Keys to set in the table, which is made if there is none; one that is null is removed. Null removes the table."""
    save: bool = False
    """Write the change into the config file as well."""
    like: str = ""
    """A table of the same group, as a copy of which, with its comments, a new one is written there."""


class Tables(Message, frozen=True, kw_only=True):
    """How things are now."""

    error: str = ""
    """Why nothing was changed, a line for each mistake; empty: done."""
    mistakes: tuple[Mistake, ...] = ()
    """The same, if all are of a usual kind."""
    config: dict[str, Any] = {}
    """The tables that can be changed, by group."""
    defaults: dict[str, dict[str, Any]] = {}
    """What `detect`, `emotion` and `overlay` can be told, with the value of what is not told."""
    states: dict[str, str] = {}
    """What each camera's process does: `runs`, `waits` (its turn will come), `ended`, `failed` or `paused`."""


CHANGEABLE = ("camera", "detect", "emotion", "overlay", "stage")


def control_address(directory: Path) -> str:
    """Return where a run answers."""
    return f"ipc://{directory}/control"


def own_run() -> Path | None:
    """Return the directory of the run this process belongs to; None for a process that belongs to none."""
    directory = os.environ.get(RUN_VARIABLE)
    return Path(directory) if directory else None


ANSWER_S = 140.0
"""Seconds to wait for an answer: a change ahead of this one, and this one, may each take a minute to apply or undo."""


def change(directory: Path, wanted: Change, timeout_s: float = ANSWER_S) -> Tables:
    """Ask the run in a directory for a change, and wait until it is applied: the new processes work.

    Args:
        directory: The run's.
        wanted: What is to change.
        timeout_s: How long to wait for the answer.

    Raises:
        ConfigError: It refuses, or the change was undone because a process did not work with it.
        InputError: It does not answer.
    """
    given = {key: value for key, value in (wanted.keys or {}).items() if value is not None}
    for at, mistake in bad_values({wanted.table: given}):
        raise ConfigError(f"[{wanted.table}] {at[-1]}: {mistake}")
    tables = ask(control_address(directory), wanted, Tables, timeout_s)
    if tables.error:
        raise ConfigError(tables.error, tables.mistakes)
    return tables
