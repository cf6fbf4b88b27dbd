"""`emobot baseline`: what is measured, what is refused, and what is written."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from models.cards import shipped
from pipeline.batch.columns import BASELINE_COLUMNS
from pipeline.batch.results import Baseline
from pipeline.errors import ConfigError, InputError
from stages.report.pages import write_report
from stages.results.baseline.measuring import measure_baseline, remove_baseline
from stages.results.baseline.spans import Span, parse_span
from stages.results.reading import read_results, read_summary
from tests.stages.report.recordings import write_table
from tests.stages.results.tables import rows_of, write_results

NAME, SHA256 = next(iter(shipped().items()))
MODEL = f"{NAME}-{SHA256[:8]}"
NAMES = [column.name for column in BASELINE_COLUMNS]


def sad(folder: Path, labels: str = "s" * 75 + "h" * 25, **options: Any) -> Path:
    """Write the results of someone whose neutral face looks sad."""
    rows = rows_of(1, labels, fps=options.get("fps", 25.0))
    return write_results(folder, rows, frames=len(labels), model=MODEL, strongest=0.97, **options)


def cells(folder: Path) -> list[dict[str, str]]:
    """Return the rows of `faces.csv`."""
    with (folder / "faces.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_new_columns_are_added_and_no_other_cell_changes(tmp_path: Path) -> None:
    """A second time replaces them; the summary names the window and the people."""
    folder = sad(tmp_path / "one")
    before = cells(folder)
    for _ in range(2):
        found = measure_baseline(folder, parse_span("0-2s"))
    after = cells(folder)

    assert list(after[0])[-8:] == NAMES
    assert [{name: row[name] for name in before[0]} for row in after] == before
    assert {row["baseline_label"] for row in after[:75]} == {"neutral"}
    assert {row["baseline_label"] for row in after[75:]} == {"happy"}
    assert sum(float(after[0][name]) for name in NAMES[:-1]) == pytest.approx(1.0, abs=1e-3)
    assert read_summary(folder).baseline == found
    assert (found.source, found.start_s, found.end_s) == ("0-2s", 0.0, 2.0)
    (one,) = found.persons
    assert (one.name, one.tracks, one.faces, one.seconds, one.label) == ("Person 1", [1], 50, 2.0, "sad")
    results = read_results(folder)
    assert results.extra["baseline_neutral"].dtype == float
    assert results.summary.persons == []


def test_a_baseline_can_be_removed(tmp_path: Path) -> None:
    """Everything is as it was."""
    folder = sad(tmp_path / "one")
    before = (folder / "faces.csv").read_bytes(), (folder / "summary.json").read_bytes()
    measure_baseline(folder, parse_span("0-2s"))
    remove_baseline(folder)

    assert ((folder / "faces.csv").read_bytes(), (folder / "summary.json").read_bytes()) == before


@pytest.mark.parametrize(
    ("labels", "found"),
    [("s" * 29, "29 faces in 1.16 s"), ("s" * 49, "49 faces in 1.96 s"), ("." * 60 + "h", "0 faces in 0.00 s")],
)
def test_below_two_seconds_or_thirty_faces_it_is_refused(tmp_path: Path, labels: str, found: str) -> None:
    """One line: expected, found, where; nothing is written."""
    folder = sad(tmp_path / "one", labels)
    before = (folder / "faces.csv").read_bytes()
    with pytest.raises(InputError) as raised:
        measure_baseline(folder, parse_span("0-2s"))

    wanted = "expected at least 30 faces in 2 s of Person 1 for a baseline"
    assert str(raised.value) == f"{wanted}, found {found}, in 0-2s of {folder}"
    assert (folder / "faces.csv").read_bytes() == before and read_summary(folder).baseline is None


def test_two_seconds_of_few_frames_are_refused(tmp_path: Path) -> None:
    """Thirty faces are needed as well."""
    with pytest.raises(InputError, match="found 29 faces in 2.90 s"):
        measure_baseline(sad(tmp_path / "one", "s" * 29, fps=10.0), parse_span("0-9s"))


def test_who_was_not_seen_long_enough_has_empty_cells(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A line names them; the others have their baselines, each their own."""
    rows = [*rows_of(1, "s" * 60), *rows_of(2, "h" * 60), *rows_of(3, "n" * 20)]
    folder = write_results(tmp_path / "one", rows, frames=60, model=MODEL)
    measure_baseline(folder, parse_span("0-2s"))

    labels = {(row["track"], row["baseline_label"]) for row in cells(folder)}
    assert labels == {("1", "neutral"), ("2", "neutral"), ("3", "")}
    (record,) = caplog.records
    assert "of Person 3 for a baseline, found 20 faces in 0.80 s" in record.message


def test_frames_without_a_face_stay_empty_and_uncertain_stays_uncertain(tmp_path: Path) -> None:
    """Rows and cells keep their places."""
    rows = [*rows_of(1, "s" * 60 + "uu"), (62, 2480.0, "", "")]
    folder = write_results(tmp_path / "one", rows, frames=63, model=MODEL)
    measure_baseline(folder, parse_span("0-2s"))

    assert [row["baseline_label"] for row in cells(folder)][58:] == ["neutral", "neutral", "uncertain", "uncertain", ""]


def test_the_parquet_file_has_the_same_columns(tmp_path: Path) -> None:
    """And so has the data dictionary."""
    folder = write_table(tmp_path, "talk", people=1, seconds=4.0, model=MODEL)
    names = parquet.read_table(folder / "faces.parquet").column_names
    measure_baseline(folder, parse_span("0-3s"))
    table = parquet.read_table(folder / "faces.parquet")
    rows = cells(folder)

    for name in NAMES[:-1]:
        assert table.column(name).to_pylist() == [float(row[name]) for row in rows]
    assert table.column("baseline_label").to_pylist() == [row["baseline_label"] for row in rows]
    assert [one["name"] for one in json.loads((folder / "columns.json").read_bytes())] == table.column_names
    assert table.schema.field("baseline_sad").metadata[b"unit"] == b"0 to 1"
    remove_baseline(folder)
    assert parquet.read_table(folder / "faces.parquet").column_names == names


def test_a_clip_may_have_the_neutral_face(tmp_path: Path) -> None:
    """Of one person in both, or of people with the same names."""
    clip = sad(tmp_path / "calm", "s" * 60)
    folder = sad(tmp_path / "talk", "sh")
    found = measure_baseline(folder, parse_span(str(clip)))
    assert [one.name for one in found.persons] == ["Person 1"] and found.end_s is None
    assert [row["baseline_label"] for row in cells(folder)] == ["neutral", "happy"]

    two = write_results(tmp_path / "two", [*rows_of(1, "s"), *rows_of(2, "s")], frames=1, model=MODEL)
    (clip / "persons.csv").write_text("track,person\n1,Ann\n")
    (two / "persons.csv").write_text("track,person\n1,Bob\n2,Ann\n")
    measure_baseline(two, Span(0.0, float("inf"), clip))
    assert [row["baseline_label"] for row in cells(two)] == ["", "neutral"]


def test_another_network_s_clip_is_refused(tmp_path: Path) -> None:
    """Its neutral faces are not comparable; nor are those of a network whose average is unknown."""
    clip = write_results(tmp_path / "calm", rows_of(1, "s" * 60), frames=60, model="mine-00000000")
    with pytest.raises(InputError, match=f"expected the network '{MODEL}' of .*talk, found 'mine-00000000' in .*calm"):
        measure_baseline(sad(tmp_path / "talk"), parse_span(str(clip)))
    with pytest.raises(InputError, match="expected a card with the network's neutral faces, found no card of mine-0"):
        measure_baseline(clip, parse_span("0-2s"))


def test_it_is_measured_again_when_people_are_joined(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """By the next report, which names the window."""
    rows = [*rows_of(1, "s" * 60), *rows_of(2, "sshh", 70)]
    folder = write_results(tmp_path / "one", rows, frames=80, model=MODEL, strongest=0.97)
    measure_baseline(folder, parse_span("0-2s"))
    assert [row["baseline_label"] for row in cells(folder)][-4:] == [""] * 4
    (folder / "persons.csv").write_text("track,person\n1,Ann <b>\n2,Ann <b>\n")
    write_report(folder)

    assert [row["baseline_label"] for row in cells(folder)][-4:] == ["neutral", "neutral", "happy", "happy"]
    assert isinstance(found := read_summary(folder).baseline, Baseline) and found.persons[0].tracks == [1, 2]
    page = (folder / "report.html").read_text()
    assert "<b>Own baseline</b> from 0:00 to 0:02" in page
    assert "Ann &lt;b&gt;: 50 classifications in 2.0\u00a0s, mostly sad." in page


@pytest.mark.parametrize(
    ("text", "start_s", "end_s"),
    [
        ("0-10s", 0, 10),
        ("0-10", 0, 10),
        (" 1.5s - 4,5s ", 1.5, 4.5),
        ("1:05-1:15", 65, 75),
        ("0:01:05–0:01:15", 65, 75),
    ],
)
def test_windows_are_read(text: str, start_s: float, end_s: float) -> None:
    """As people write them."""
    assert parse_span(text) == Span(start_s, end_s)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "expected a baseline as 0-10s, 1:05-1:15 or a folder of results, found ''"),
        ("ten", "expected a baseline as 0-10s, 1:05-1:15 or a folder of results, found 'ten'"),
        ("0-1.9s", "expected a baseline of at least 2 s, found 1.9 s, in '0-1.9s'"),
        ("9-3s", "expected a baseline of at least 2 s, found -6 s, in '9-3s'"),
        ("1:99-2:10", "expected seconds or H:MM:SS, found '1:99', in the baseline '1:99-2:10'"),
    ],
)
def test_other_windows_are_refused(text: str, found: str) -> None:
    """One line."""
    with pytest.raises(ConfigError) as raised:
        parse_span(text)

    assert str(raised.value) == found
