"""The client side of changing a run: name a table of its config and the keys to change."""

import os
from pathlib import Path
from typing import Any

from pipeline.config.plan import RUN_VARIABLE
from pipeline.config.values import bad_values
from pipeline.errors import ConfigError, Mistake
from pipeline.messages import Message
from pipeline.supervision.workplace import is_locked
from pipeline.transport.ask import ask


class Change(Message, frozen=True, kw_only=True):
    """The requested change."""

    table: str = ""
    """`camera.NAME`, `detect`, `landmarks`, `emotion`, `overlay` or `stage.NAME`; empty: only return the tables."""
    keys: dict[str, Any] | None = {}
    """Keys to set in the table, which is made if there is none; one that is null is removed. Null removes the table."""
    others: dict[str, dict[str, Any] | None] = {}
    """Further tables and their keys, changed together with it: all of them, or none. They are not saved."""
    save: bool = False
    """Also write the change to the config file."""
    instead: str = ""
    """A table that this one replaces: both change together or not at all. In the file, its comments are kept."""


class Tables(Message, frozen=True, kw_only=True):
    """The reply: the current tables."""

    error: str = ""
    """Why the change was refused, one line per mistake; empty if it was applied."""
    mistakes: tuple[Mistake, ...] = ()
    """The same mistakes, if all can be translated."""
    config: dict[str, Any] = {}
    """The tables that can be changed, by group."""
    defaults: dict[str, dict[str, Any]] = {}
    """All options of `detect`, `emotion`, `overlay` and, if it runs, `landmarks` with their defaults."""
    states: dict[str, str] = {}
    """State of each camera's process: `runs`, `waits` (its turn will come), `ended`, `failed` or `paused`."""


CHANGEABLE = ("camera", "detect", "landmarks", "emotion", "overlay", "stage")


def control_address(directory: Path) -> str:
    """Return the address at which a run answers requests."""
    return f"ipc://{directory}/control"


def own_run() -> Path | None:
    """Return the directory of the run this process belongs to; None for a process that belongs to none."""
    directory = os.environ.get(RUN_VARIABLE)
    return Path(directory) if directory else None


ANSWER_S = 140.0
"""Seconds to wait for a reply: this change and one ahead of it may each take a minute to apply or undo."""


def change(directory: Path, wanted: Change, timeout_s: float = ANSWER_S) -> Tables:
    """Ask the run in a directory for a change, and wait until it is applied: the new processes work.

    Args:
        directory: The run's.
        wanted: The requested change.
        timeout_s: How long to wait for the answer.

    Raises:
        ConfigError: The run refuses it, or the change was undone because a process did not work with it.
        InputError: The run does not answer, or ends before.
    """
    for table, keys in {wanted.table: wanted.keys, **wanted.others}.items():
        given = {key: value for key, value in (keys or {}).items() if value is not None}
        for at, mistake in bad_values({table: given}):
            raise ConfigError(f"[{table}] {at[-1]}: {mistake}")
    known = is_locked(directory)
    tables = ask(control_address(directory), wanted, Tables, timeout_s, lambda: not known or is_locked(directory))
    if tables.error:
        raise ConfigError(tables.error, tables.mistakes)
    return tables
