"""What a coder annotated, whatever the program."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pipeline.errors import InputError

ROUNDING_MS = 20.0
"""Largest overlap of two codes that is a matter of rounding, milliseconds: half a frame at 25 fps. The later
code wins."""
MOST_LISTED = 12
"""Most names that an error lists."""


@dataclass(frozen=True, slots=True, order=True)
class Coded:
    """One annotated interval.

    Attributes:
        person: Participant, subject or tier; empty if the format names none.
        start_ms: Start, milliseconds of the recording.
        end_ms: End, milliseconds of the recording.
        code: The coder's word.
    """

    person: str
    start_ms: float
    end_ms: float
    code: str


def checked(intervals: Iterable[Coded], path: Path, left_out: Collection[str] = ()) -> list[Coded]:
    """Return the intervals of a file by person and time, without those that have no code or no length.

    Args:
        intervals: All intervals.
        path: The file.
        left_out: Codes that do not count, in any case: they may be at the same time as others.

    Raises:
        InputError: There are none, one ends before it starts, or a person has two codes at once.
    """
    found = sorted(one for one in intervals if one.code.strip() and one.start_ms != one.end_ms)
    if not found:
        raise InputError(f"expected coded intervals, found none, in {path}")
    for one in found:
        if one.end_ms < one.start_ms:
            times = f"{one.start_ms / 1e3:.3f} to {one.end_ms / 1e3:.3f} s"
            raise InputError(f"expected an end after the start, found {one.code!r} from {times}, in {path}")
    folded = {code.casefold() for code in left_out}
    counting = [i for i, one in enumerate(found) if one.code.casefold() not in folded]
    for i, j in pairwise(counting):
        one, after = found[i], found[j]
        if one.person == after.person and one.end_ms > after.start_ms:
            if one.end_ms - after.start_ms > ROUNDING_MS or one.start_ms >= after.start_ms:
                when = f"{after.start_ms / 1e3:.3f} s{f' for {one.person}' if one.person else ''}"
                raise InputError(
                    f"expected one code at a time, found {one.code!r} and {after.code!r} at {when}, in {path}; "
                    f"leave one out with --map '{after.code}=', or choose tiers with --tier"
                )
            found[i] = Coded(one.person, one.start_ms, after.start_ms, one.code)
    return found


def listed(names: Iterable[str]) -> str:
    """Return names in alphabetic order as one text, the first ones if there are many."""
    every = sorted({name or "(unnamed)" for name in names})
    more = f" and {len(every) - MOST_LISTED} more" if len(every) > MOST_LISTED else ""
    return ", ".join(every[:MOST_LISTED]) + more if every else "none"
