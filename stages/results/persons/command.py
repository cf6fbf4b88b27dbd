"""The options `--one-person` and `--seats` of `emobot batch` and `emobot report`."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pipeline.errors import ConfigError, InputError


def choose_seats(one_person: bool, seats: int | None) -> int | None:
    """Return the number of seats that two options ask for; None if neither does.

    Raises:
        ConfigError: They contradict each other.
    """
    if one_person and seats not in (None, 1):
        raise ConfigError(f"expected --one-person or --seats, found both, with {seats} seats")
    return 1 if one_person else seats


def join_tracks(folders: Iterable[Path], seats: int | None) -> None:
    """Join the tracks of recordings by place, where nobody edited `persons.csv`; None does nothing."""
    # the program imports every command at its start; import what reads tables only when needed
    from stages.results.reading import has_results, settle_persons

    for folder in folders:
        if seats is not None and has_results(folder):
            # the report that follows reads the same files and reports their mistakes
            with suppress(InputError):
                settle_persons(folder, seats)
