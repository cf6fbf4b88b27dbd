"""Changes of `persons.csv` by a program, as from the page's form."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from pipeline.batch.results import PERSONS, SUMMARY, save_summary
from pipeline.errors import InputError
from stages.results.persons.joining import default_names
from stages.results.persons.settling import computed_names, read_persons
from stages.results.persons.table import LONGEST, change_names, is_given, tidy, write_names
from stages.results.persons.tracks import Rows, Track, find_tracks
from stages.results.reading import Results, read_tracks


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """The tracks of a recording and their names.

    Attributes:
        rows: The faces.
        tracks: All tracks, in order of their numbers.
        names: Name of each; "" for one that is left out.
    """

    rows: Rows
    tracks: list[Track]
    names: dict[int, str]

    @classmethod
    def of(cls, results: Results) -> "Tracked":
        """Read the names that hold for the results of `read_tracks`.

        Raises:
            InputError: `persons.csv` is not valid.
        """
        rows = results.rows
        tracks = find_tracks(rows)
        return cls(
            rows=rows,
            tracks=tracks,
            names=read_persons(results.folder, rows, results.summary) or default_names(tracks),
        )


def rename(folder: Path, names: Mapping[int, str]) -> None:
    """Give tracks names; those that are not mentioned keep theirs.

    Args:
        folder: Folder of results.
        names: Track to name; "" or "-" leaves it out.

    Raises:
        InputError: A file is not valid or cannot be written.
    """
    tracked = Tracked.of(read_tracks(folder))
    wanted = {track: tidy(name)[:LONGEST].strip() for track, name in names.items() if track in tracked.names}
    _write(folder, tracked, tracked.names | wanted)


def join_by_place(folder: Path, seats: int) -> None:
    """Name tracks by their seats, instead of the names that they have.

    Args:
        folder: Folder of results.
        seats: Number of people, at least 1.

    Raises:
        InputError: A file is not valid or cannot be written.
    """
    results = read_tracks(folder)
    tracked = Tracked.of(results)
    _write(folder, tracked, computed_names(tracked.rows, tracked.tracks, seats))
    save_summary(replace(results.summary, seats=seats), folder / SUMMARY)


def _write(folder: Path, tracked: Tracked, names: Mapping[int, str]) -> None:
    file = folder / PERSONS
    try:
        if is_given(file):
            change_names(file, tracked.tracks, names)
        else:
            write_names(file, tracked.tracks, names)
    except OSError as error:
        raise InputError(f"cannot write {file}: {error.strerror}") from error
