"""What people know of recordings: who is in them, under which condition, and which windows of time count."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from stages.results.given import Given, Mistakes, Row, first_lines, read_given
from stages.results.paths import PathPattern, Recorded

log = logging.getLogger("emobot")

KNOWN = ("file", "person", "participant", "condition")
"""Columns of the participants' table that are read; further ones are copied."""
_SLACK_MS = 0.5
"""Milliseconds by which windows may overlap: tables round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window of one recording, milliseconds from its container's start."""

    name: str = ""
    condition: str = ""
    start_ms: float
    end_ms: float


@dataclass(slots=True)
class Study:
    """Everything that is given.

    Args:
        participants: Table with `participant`, and `file` unless a pattern names the participant; also `person`,
            `condition` and others. None if there is no such table.
        windows: Table with `start` and `end`; also `file`, `person` and `participant`, to which a window is limited,
            `condition` and `window`, its name. None for whole recordings.
        pattern: Pattern of the recordings' paths, None for none.
    """

    participants: Given | None
    windows: Given | None
    pattern: PathPattern | None
    mistakes: Mistakes = field(default_factory=Mistakes)
    _used: set[int] = field(default_factory=set)
    """Numbers of the windows' rows that lie in some recording."""
    _known: set[str] = field(default_factory=set)
    """Participants of all recordings."""
    absent: list[str] = field(default_factory=list)
    """A line for each recording without a row in the participants' table, where others have one; not for too many."""

    @property
    def extra(self) -> list[str]:
        """Further columns of participants, in order."""
        names = [
            *(self.pattern.fields if self.pattern else []),
            *(self.participants.columns if self.participants else []),
        ]
        return [name for name in dict.fromkeys(names) if name not in KNOWN]

    def describe(self, recorded: Recorded, track: int | None) -> dict[str, str]:
        """Return `participant`, `condition` and further columns of a person; "" for what is not given.

        Args:
            recorded: The recording.
            track: The person; None for a recording in which nobody was seen.
        """
        said = dict(self._of_path(recorded))
        rows = self._rows_of(recorded)
        for row in rows:
            if (track is None and len(rows) == 1) or _fits(row, recorded, track):
                said |= {name: cell for name, cell in row.cells.items() if cell}
        return {name: said.get(name, "") for name in ("participant", "condition", *self.extra)}

    def check(self, everything: Sequence[Recorded]) -> None:
        """Collect mistakes of the tables that concern no single window.

        Args:
            everything: All recordings; `windows_of` was called for each of their people.
        """
        for table in (self.participants, self.windows):
            for row in table.rows if table else []:
                self._check_file(row, everything)
        absent = [line for recorded in everything if (line := self._check_participants(recorded))]
        if len(absent) < len(everything):
            where = self.participants.path if self.participants else ""
            lines = (f"expected {line}, found none, in {where}: its participant is empty" for line in absent)
            self.absent = first_lines(lines)
        elif self.participants:
            # it is the table of other recordings
            for line in dict.fromkeys(absent):
                self.mistakes.add(line, "none", str(self.participants.path))
        for row in self.windows.rows if self.windows else []:
            name = row.get("file")
            self._check_window(row, [one for one in everything if not name or one.is_called(name)])

    def report_absent(self) -> None:
        """Log the recordings without a participant: a table may be filled in during a study."""
        for line in self.absent:
            log.warning("%s", line)

    def windows_of(self, recorded: Recorded, track: int | None, participant: str) -> list[Window]:
        """Return a person's windows ordered by time; without a table, the whole recording. Mistakes are collected.

        Args:
            recorded: The recording.
            track: The person; None for a recording in which nobody was seen.
            participant: Who that is, "" if unknown.
        """
        self._known.add(participant)
        if self.windows is None:
            return [Window(start_ms=recorded.first_ms, end_ms=recorded.end_ms)]
        rows = [
            row
            for row in self.windows.rows
            if (not row.get("file") or recorded.is_called(row.get("file")))
            and row.get("participant") in ("", participant)
            and _fits(row, recorded, track)
        ]
        found = [(window, row) for row in rows if (window := self._window(row, recorded))]
        found.sort(key=lambda one: one[0].start_ms)
        for (before, _), (after, row) in zip(found, found[1:], strict=False):
            if after.start_ms < before.end_ms - _SLACK_MS:
                start = f"a start of at least {before.end_ms / 1e3:g} s, where the window before it ends"
                self.mistakes.add(start, f"{after.start_ms / 1e3:g} s", row.where)
        return [window for window, _ in found]

    def _window(self, row: Row, recorded: Recorded) -> Window | None:
        """Return a row's window, cut to the recording; None if it is outside or wrong."""
        given, end = row.get("start") or "0", row.get("end")
        start_s = row.seconds("start", self.mistakes) if row.get("start") else 0.0
        end_s = row.seconds("end", self.mistakes) if end else inf
        if start_s is None or end_s is None or end_s <= start_s:
            if start_s is not None and end_s is not None:
                self.mistakes.add(f"an end after the start {given}", repr(end), row.where)
            self._used.add(row.number)  # one mistake is enough
            return None
        start_ms, end_ms = max(1e3 * start_s, recorded.first_ms), min(1e3 * end_s, recorded.end_ms)
        if end_ms <= start_ms:
            return None
        self._used.add(row.number)
        return Window(name=row.get("window"), condition=row.get("condition"), start_ms=start_ms, end_ms=end_ms)

    def _of_path(self, recorded: Recorded) -> dict[str, str]:
        return (self.pattern.read(recorded.path) if self.pattern else None) or {}

    def _rows_of(self, recorded: Recorded) -> list[Row]:
        """Return the participants' rows of a recording, those of a single person last."""
        if self.participants is None:
            return []
        rows = self.participants.rows
        if "file" in self.participants.columns:
            mine = [row for row in rows if recorded.is_called(row.get("file"))]
        else:
            participant = self._of_path(recorded).get("participant")
            mine = [row for row in rows if row.get("participant") == participant]
        return sorted(mine, key=lambda row: bool(row.get("person")))

    def _check_file(self, row: Row, everything: Sequence[Recorded]) -> None:
        name = row.get("file")
        if "file" not in row.table.columns or not (name or row.table is self.participants):
            return
        count = sum(recorded.is_called(name) for recorded in everything)
        if count == 0:
            self.mistakes.add("a file that has results", repr(name), row.where)
        elif count > 1:
            self.mistakes.add("a file named with its folder", f"{count} called {name!r}", row.where)
        if count != 1 and row.table is self.windows:
            self._used.add(row.number)

    def _check_window(self, row: Row, everything: Sequence[Recorded]) -> None:
        """Collect the mistake of a window that nobody has; `everything` are the recordings that it may be of."""
        participant, person = row.get("participant"), row.get("person")
        nobody = any(not one.people for one in everything)
        if participant and participant not in self._known:
            self.mistakes.add("a participant of a recording", repr(participant), row.where)
        elif row.number in self._used or (person and nobody):
            return
        elif person and not any(one.has(person, track) for one in everything for track in one.people):
            name = everything[0].path.name if len(everything) == 1 else "a recording"
            self.mistakes.add(f"a person of {name}", repr(person), row.where)
        else:
            self.mistakes.add("a window within a recording", f"start {row.get('start')!r}", row.where)

    def _check_participants(self, recorded: Recorded) -> str:
        """Collect the mistakes about a recording; return what row is missing, "" if none is."""
        name = recorded.path.name
        if self.pattern and self.pattern.read(recorded.path) is None:
            self.mistakes.add(f"a path like {self.pattern.text}", str(recorded.path), "the results")
            return ""
        rows = self._rows_of(recorded)
        if self.participants and not rows:
            participant = self._of_path(recorded).get("participant")
            wanted = name if "file" in self.participants.columns else f"participant {participant!r}"
            return f"a row for {wanted}"
        seen = set[str]()
        for row in rows:
            person = row.get("person")
            if person in seen:
                self.mistakes.add("one row for each person", f"a second one for {name}", row.where)
            elif person and recorded.people and not any(recorded.has(person, track) for track in recorded.people):
                numbers = ", ".join(map(str, recorded.people))
                self.mistakes.add(f"a person of {name} ({numbers})", repr(person), row.where)
            seen.add(person)
        return ""


def _fits(row: Row, recorded: Recorded, track: int | None) -> bool:
    """Return whether a row is about everybody, or about this person."""
    person = row.get("person")
    return not person or (track is not None and recorded.has(person, track))


def read_study(participants: Path | None, windows: Path | None, pattern: str) -> Study:
    """Read what is given.

    Raises:
        ConfigError: The pattern cannot be read.
        InputError: A table cannot be read.
    """
    mistakes = Mistakes()
    shape = PathPattern(pattern) if pattern else None
    wanted = ["participant"] if shape and "participant" in shape.fields else ["file", "participant"]
    people = read_given(participants, wanted, mistakes) if participants else None
    given = read_given(windows, ["start", "end"], mistakes) if windows else None
    if given and not given.rows:
        # the table would be empty, too
        mistakes.add("a window", "none", str(windows))
        mistakes.raise_if_any()
    return Study(people, given, shape, mistakes)
