"""Names that the page's form writes."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from stages.results.persons.editing import Tracked, join_by_place, rename
from stages.results.reading import read_results, read_summary, read_tracks, settle_persons
from tests.stages.results.tables import rows_of, write_results


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the results of two tracks of one person, and one of another."""
    rows = [*rows_of(1, "nnnhhh"), *rows_of(2, "hhhhhn", 60), *rows_of(3, "ss", 60)]
    return write_results(tmp_path / "one", rows, frames=70, places={3: (250.0, 20.0, 50.0, 60.0)})


@pytest.mark.parametrize("settled", [True, False])
def test_names_are_written(folder: Path, settled: bool) -> None:
    """Whether there was a table before or not; tracks that do not exist are ignored."""
    if settled:
        settle_persons(folder)
    rename(folder, {1: "Ann", 2: " Ann\n", 9: "Bob"})
    rename(folder, {3: "-"})

    assert Tracked.of(read_tracks(folder)).names == {1: "Ann", 2: "Ann", 3: ""}
    assert read_results(folder).people == [1]


def test_a_long_name_is_cut(folder: Path) -> None:
    """A form may send anything."""
    rename(folder, {1: "x" * 500})

    assert read_results(folder).name(1) == "x" * 100


def test_seats_replace_names(folder: Path) -> None:
    """On request; further columns of the table stay, and the next report does not take them for edited."""
    (folder / "persons.csv").write_text("track,person,group\n1,Ann,a\n2,Bob,b\n")
    join_by_place(folder, 2)
    settle_persons(folder, 0)
    assert read_summary(folder).seats == 0
    assert (folder / "persons.csv").read_text() == "track,person,group\n1,Person 1,a\n2,Person 2,b\n3,Person 3,\n"
    join_by_place(folder, 2)

    assert Tracked.of(read_tracks(folder)).names == {1: "Person 1", 2: "Person 1", 3: "Person 2"}
    assert read_summary(folder).seats == 2


def test_a_deleted_recording_has_no_names(tmp_path: Path) -> None:
    """The page gets the reason, if it is still open."""
    with pytest.raises(InputError):
        rename(tmp_path / "gone", {1: "Ann"})
