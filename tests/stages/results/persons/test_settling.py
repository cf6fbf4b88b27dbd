"""When `persons.csv` is written, and what happens to names that someone gave."""

import logging
from pathlib import Path

import pytest

from pipeline.batch.results import keep_persons
from pipeline.errors import InputError
from stages.results.reading import read_results, read_summary, settle_persons
from tests.stages.results.tables import rows_of, write_results


def results_in(folder: Path, second: int = 60) -> Path:
    """Write two tracks of one person."""
    return write_results(folder, [*rows_of(1, "nnnhhh"), *rows_of(2, "hhhhhn", second)], frames=70)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return results_in(tmp_path / "one")


def names(folder: Path) -> list[str]:
    """Return the second column of `persons.csv`."""
    return [line.replace(";", ",").split(",")[1] for line in (folder / "persons.csv").read_text().splitlines()[1:]]


def test_each_track_is_a_person_at_first(folder: Path) -> None:
    """Until seats are asked for; 0 takes them back."""
    settle_persons(folder)
    assert names(folder) == ["Person 1", "Person 2"]
    settle_persons(folder, 1)
    assert names(folder) == ["Person 1", "Person 1"] and read_summary(folder).seats == 1
    settle_persons(folder)
    assert names(folder) == ["Person 1", "Person 1"]
    settle_persons(folder, 0)
    assert names(folder) == ["Person 1", "Person 2"] and read_summary(folder).seats == 0


@pytest.mark.parametrize("seats", [None, 0, 1, 2])
def test_edited_names_are_never_overwritten(folder: Path, seats: int | None, caplog: pytest.LogCaptureFixture) -> None:
    """A line reports it where seats are asked for."""
    settle_persons(folder)
    text = (folder / "persons.csv").read_text().replace("Person 2", "Ann")
    (folder / "persons.csv").write_text(text)
    settle_persons(folder, seats)

    assert (folder / "persons.csv").read_text() == text
    assert len(caplog.records) == (1 if seats else 0)
    assert not seats or "persons.csv was edited: kept" in caplog.text


@pytest.mark.parametrize("link", [False, True])
def test_what_is_no_table_is_one_line(folder: Path, link: bool) -> None:
    """A folder or a broken link in its place is no missing table: its names would be lost without a word."""
    place = folder / "persons.csv"
    if link:
        place.symlink_to(folder / "away.csv")
    else:
        place.mkdir()
    for read in (read_results, settle_persons):
        with pytest.raises(InputError, match=r"^expected a table of persons, found .*persons\.csv"):
            read(folder)

    assert place.is_symlink() if link else place.is_dir()
    assert not list(folder.glob("*.partial"))


def test_a_link_to_a_table_stays_a_link(folder: Path, tmp_path: Path) -> None:
    """The names may be kept elsewhere."""
    settle_persons(folder)
    (folder / "persons.csv").rename(tmp_path / "kept.csv")
    (folder / "persons.csv").symlink_to(tmp_path / "kept.csv")
    settle_persons(folder, 1)

    assert names(folder) == ["Person 1", "Person 1"] and (folder / "persons.csv").is_symlink()


def test_a_spreadsheet_that_only_saved_it_did_not_edit_it(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Semicolons and a byte order mark name nobody."""
    settle_persons(folder)
    text = (folder / "persons.csv").read_text()
    (folder / "persons.csv").write_text(text.replace(",", ";"), "utf-8-sig")
    settle_persons(folder, 1)

    assert names(folder) == ["Person 1", "Person 1"] and not caplog.records


def test_removed_names_are_made_again(folder: Path) -> None:
    """As they were asked for, and read so in the meantime."""
    settle_persons(folder, 1)
    (folder / "persons.csv").unlink()
    assert read_results(folder).people == [1]
    settle_persons(folder)

    assert names(folder) == ["Person 1", "Person 1"]


@pytest.mark.parametrize("edited", [True, False])
@pytest.mark.parametrize("same", [True, False])
def test_a_new_analysis_keeps_names(
    folder: Path, tmp_path: Path, edited: bool, same: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """They hold if the tracks are the same; otherwise they stay in a file, and a line names it."""
    caplog.set_level(logging.WARNING)
    settle_persons(folder)
    if edited:
        (folder / "persons.csv").write_text((folder / "persons.csv").read_text().replace("Person 2", "Ann"))
    new = results_in(tmp_path / "new", 60 if same else 50)
    keep_persons(folder, new)
    settle_persons(new)

    assert names(new) == ["Person 1", "Ann" if edited and same else "Person 2"]
    kept = new / "persons-before.csv"
    assert kept.exists() is (edited and not same)
    said = "its names still hold" if same else "its names are kept, but do not apply"
    assert [said in record.message for record in caplog.records] == ([True] if edited else [])


@pytest.mark.parametrize(("before", "seats", "expected"), [(0, 1, 1), (1, 2, 2), (1, 0, 0), (1, None, 1)])
def test_seats_that_nobody_edited_follow_the_new_analysis(
    folder: Path, tmp_path: Path, before: int, seats: int | None, expected: int, caplog: pytest.LogCaptureFixture
) -> None:
    """If it asks for some; also later, when a report does. Only what stays unasked is reported."""
    caplog.set_level(logging.WARNING)
    settle_persons(folder, before)
    new = results_in(tmp_path / "new")
    keep_persons(folder, new)
    settle_persons(new, seats)
    settled = names(new)
    settle_persons(folder, expected)

    assert settled == names(folder) and read_summary(new).seats == expected
    assert [record.message for record in caplog.records] == (
        [f"{new / 'persons.csv'}: the tracks are the same as before, so its names still hold"] if seats is None else []
    )
    caplog.clear()
    settle_persons(new, 1)
    assert names(new) == ["Person 1", "Person 1"] and not caplog.records


def test_names_of_several_analyses_are_kept(folder: Path) -> None:
    """None replaces another, also where an output writes into the same folder again."""
    for name in ("Ann", "Bob", "Cid"):
        (folder / "persons.csv").write_text(f"track,person\n1,{name}\n")
        keep_persons(folder, folder)

    kept = {file.name: file.read_text().split(",")[-1].strip() for file in folder.glob("persons*")}
    assert kept == {"persons-before.csv": "Ann", "persons-before-2.csv": "Bob", "persons-before-3.csv": "Cid"}
