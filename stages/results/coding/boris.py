"""Reads BORIS projects (.boris)."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from pipeline.errors import InputError
from stages.results.coding.coded import Coded, listed
from stages.results.given import composed

NO_SUBJECT = "No focal subject"
"""BORIS's own words for an event without a subject."""


class _Behavior(msgspec.Struct):
    code: str
    type: str


class _Observation(msgspec.Struct):
    events: list[list[Any]]
    file: dict[str, list[str]] | list[Any] = {}
    """Player to its files; BORIS writes an empty list for live observations."""

    def media(self) -> set[str]:
        """Return the names of its files, without endings."""
        players = self.file.values() if isinstance(self.file, dict) else ()
        return {composed(Path(name.replace("\\", "/")).stem) for files in players for name in files}


class _Project(msgspec.Struct):
    observations: dict[str, _Observation]
    behaviors_conf: dict[str, _Behavior]


def read_boris(path: Path, recording: str = "", observation: str = "") -> list[tuple[str, Coded]]:
    """Return the state events of one observation, each with the name of its subject.

    Args:
        path: The project, compressed or not.
        recording: Name of the recording without its ending; its observation is the one that plays this file.
        observation: Name of the observation; needed if several fit.

    Raises:
        InputError: It is no project, has no such observation, or a state was started and not stopped.
        OSError: It cannot be read.
    """
    content = path.read_bytes()
    try:
        # not msgspec's own parser: BORIS writes NaN for what it does not know
        text = json.loads(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
        project = msgspec.convert(text, _Project)
    except (ValueError, RecursionError, OSError, EOFError) as error:
        raise InputError(f"expected a BORIS project, found {error}, in {path}") from error
    names = project.observations
    if not observation:
        fitting = [name for name, one in names.items() if recording in one.media()] or list(names)
        if len(fitting) != 1:
            raise InputError(f"expected --observation with one of {listed(fitting)}, found none, in {path}")
        observation = fitting[0]
    if observation not in names:
        raise InputError(f"expected one of {listed(names)}, found the observation {observation!r}, in {path}")
    kinds = {one.code: one.type.casefold() for one in project.behaviors_conf.values()}
    try:
        return list(_states(names[observation].events, kinds, path))
    except (TypeError, ValueError, IndexError) as error:
        raise InputError(f"expected events of BORIS, found {error}, in {observation} of {path}") from error


def _states(events: list[list[Any]], kinds: dict[str, str], path: Path) -> Iterator[tuple[str, Coded]]:
    running: dict[tuple[str, str, str], float] = {}
    for at, subject, code, modifier, *_ in sorted(events, key=lambda event: float(event[0])):
        if "state" not in kinds.get(code, "state event"):
            continue  # a moment has no length to agree on
        key, person = (str(subject), str(code), str(modifier)), str(subject) or NO_SUBJECT
        start = running.pop(key, None)
        if start is None:
            running[key] = float(at)
        else:
            yield person, Coded(person, start * 1e3, float(at) * 1e3, str(code))
    for (subject, code, _), start in running.items():
        who = subject or NO_SUBJECT
        raise InputError(f"expected a stop of each state, found {code!r} of {who} started at {start:.3f} s, in {path}")
