"""Tables over recordings of which some lack a participant or have a mistake."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from stages.results.study import read_study
from stages.results.tidy import tidy_rows
from tests.stages.results.tables import rows_of, write_results


@pytest.fixture
def results(tmp_path: Path) -> list[Path]:
    """Two recordings."""
    names = ("P01_a", "P02_a")
    return [
        write_results(tmp_path / name, rows_of(1, "hh"), frames=2, source=tmp_path / f"{name}.mp4") for name in names
    ]


@pytest.mark.parametrize(
    ("participants", "pattern", "line", "found"),
    [
        ("file,participant,age\nP01_a,x,7\n", "", "P02_a.mp4", {"x": "7", "": ""}),
        ("participant,age\nP01,7\n", "{participant}_*", "participant 'P02'", {"P01": "7", "P02": ""}),
    ],
)
def test_a_recording_without_a_participant_has_empty_cells(
    results: list[Path],
    participants: str,
    pattern: str,
    line: str,
    found: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One line names it, because a table may be filled in during a study."""
    table = results[0].parent / "P.csv"
    table.write_text(participants)
    made = tidy_rows(results, read_study(table, None, pattern))

    assert {row["participant"]: row["age"] for row in made} == found
    assert [one.message.replace(f"{results[0].parent}/", "") for one in caplog.records] == [
        f"expected a row for {line}, found none, in P.csv: its participant is empty"
    ]


def test_every_recording_with_a_mistake_is_named(results: list[Path]) -> None:
    """All of them at once."""
    for folder in results:
        (folder / "persons.csv").write_text("track,person\n9,Ann\n")
    with pytest.raises(InputError) as caught:
        tidy_rows(results, read_study(None, None, ""))

    assert [line.rsplit(" of ", 1)[1] for line in str(caught.value).splitlines()] == [
        str(folder / "persons.csv") for folder in results
    ]
