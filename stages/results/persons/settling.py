"""Which names hold for a recording's tracks, and when `persons.csv` is written."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.batch.results import EARLIER_PERSONS, PERSONS, Summary, age_of_names
from pipeline.errors import InputError
from stages.results.persons.joining import default_names
from stages.results.persons.seats import by_seats
from stages.results.persons.table import change_names, describes, is_given, is_untouched, read_names, write_names
from stages.results.persons.tracks import Rows, Track, find_tracks

log = logging.getLogger("emobot")


def read_persons(folder: Path, rows: Rows, summary: Summary) -> dict[int, str] | None:
    """Return a name for each track, "" for one that is left out; None if nobody was named or joined.

    Raises:
        InputError: `persons.csv` is not valid.
    """
    file = folder / PERSONS
    if not is_given(file) and not summary.seats:
        return None
    tracks = find_tracks(rows)
    names = read_names(file, tracks) if is_given(file) else computed_names(rows, tracks, summary.seats)
    return None if names == default_names(tracks) else names


def computed_names(rows: Rows, tracks: Sequence[Track], seats: int) -> dict[int, str]:
    """Return the names that Emobot gives: by seats, or with 0 a person for each track."""
    return by_seats(rows, tracks, seats) if seats else default_names(tracks)


def settle(folder: Path, rows: Rows, summary: Summary, seats: int | None = None) -> int:
    """Write `persons.csv` where there is none, or where seats are asked for and nobody edited it.

    Names of an earlier analysis, in `persons-before.csv`, hold again if the tracks are the same. What happened to names
    that someone wrote is logged.

    Args:
        folder: Folder of results.
        rows: Its faces.
        summary: Its summary.
        seats: Number of seats, 0 for a person for each track; None keeps what was chosen before.

    Returns:
        The number of seats that holds now, for `summary.json`.

    Raises:
        InputError: The table is not valid or cannot be written.
    """
    tracks = find_tracks(rows)
    file = folder / PERSONS
    wanted = summary.seats if seats is None else seats
    names = computed_names(rows, tracks, wanted)
    try:
        taken = not is_given(file) and _take_back(folder, tracks)
        if not is_given(file):
            write_names(file, tracks, names)
            return wanted
        found = read_names(file, tracks)
        before = _seats_of(found, rows, tracks, summary.seats)
        if found != names and taken and (seats is None or before is None):
            log.warning("%s: the tracks are the same as before, so its names still hold", file)
        if found == names:
            return wanted
        if before is not None and seats is not None:
            change_names(file, tracks, names)
            return wanted
        if before is None and wanted != summary.seats:
            log.warning("%s was edited: kept; remove it to join people by place", file)
        return summary.seats if before is None else before
    except OSError as error:
        raise InputError(f"cannot write {file}: {error.strerror}") from error


def _seats_of(names: Mapping[int, str], rows: Rows, tracks: Sequence[Track], noted: int) -> int | None:
    """Return the number of seats by which these names were computed; None if someone gave some of them."""
    shown = len({name for name in names.values() if name})
    return next((seats for seats in (0, noted, shown) if names == computed_names(rows, tracks, seats)), None)


def _take_back(folder: Path, tracks: Sequence[Track]) -> bool:
    """Use the newest names of an earlier analysis that describe these tracks; return whether there are any."""
    file = folder / PERSONS
    earlier = sorted(folder.glob(f"{EARLIER_PERSONS}*.csv"), key=age_of_names, reverse=True)
    for old in earlier:
        if describes(old, tracks):
            old.rename(file)
            return True
        if is_untouched(old):
            old.unlink()
    if earlier and earlier[0].is_file():
        log.warning("expected the tracks of %s, found others: its names are kept, but do not apply", earlier[0])
    return False
