"""Markers of other programs in what is exported."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pympi import Elan, Praat

from pipeline.batch.results import MARKER_COLUMNS, MARKERS
from pipeline.errors import InputError
from stages.results.coding.reading import read_coding
from stages.results.export.formats import Format, export_results
from tests.stages.results.tables import rows_of, write_results

ROWS = [*rows_of(1, "n" * 10 + "h" * 10), *rows_of(2, "s" * 5)]
TEXTS = {100.0: "face <on>", 100.2: "twice", 220.0: "off\n"}
SENT = [*((at, "stimuli", text) for at, text in TEXTS.items()), (2500.0, "b", "late")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a recording of 0.8 s with markers, one of them after its end."""
    folder = write_results(tmp_path / "talk", ROWS, frames=20, source=tmp_path / "talk.mp4")
    mark(folder, *SENT)
    return folder


def mark(folder: Path, *sent: tuple[float, str, str]) -> None:
    """Write the table of markers."""
    with (folder / MARKERS).open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerows([MARKER_COLUMNS, *((at, 1000.0, stream, text) for at, stream, text in sent)])


def export(folder: Path, name: Format) -> Path:
    """Return the first file of a format."""
    return export_results(folder, [name]).files[0]


def test_elan_has_a_tier_for_each_stream(folder: Path) -> None:
    """Short annotations that do not overlap; two of one millisecond are one."""
    eaf = Elan.Eaf(str(export(folder, Format.EAF)))
    spans = sorted(one[:3] for one in eaf.get_annotation_data_for_tier("markers stimuli"))

    assert list(eaf.get_tier_names()) == ["Person 1", "Person 2", "markers stimuli", "markers b"]
    assert spans == [(100, 220, "face <on>; twice"), (220, 420, "off")]
    assert eaf.get_annotation_data_for_tier("markers b")[0][:3] == (2500, 2700, "late")
    tiers = ElementTree.parse(folder / "talk.eaf").iter("TIER")
    assert [one.get("LINGUISTIC_TYPE_REF") for one in tiers] == ["emotion"] * 2 + ["Emobot marker"] * 2


def test_praat_has_point_tiers(folder: Path) -> None:
    """All tiers reach to the last marker."""
    grid = Praat.TextGrid(str(export(folder, Format.TEXTGRID)))
    tiers = {tier.name: tier for tier in grid.get_tiers()}

    assert grid.xmax == 2.5 and {tier.xmax for tier in tiers.values()} == {2.5}
    assert [tier.tier_type for tier in tiers.values()] == ["IntervalTier"] * 2 + ["TextTier"] * 2
    assert list(tiers["markers stimuli"].get_intervals()) == [(0.1, "face <on>; twice"), (0.22, "off")]


def test_boris_has_point_events(folder: Path) -> None:
    """A behaviour of its own, whose comment is the text."""
    project = json.loads(export(folder, Format.BORIS).read_text())
    (observation,) = project["observations"].values()
    points = [one for one in project["behaviors_conf"].values() if one["type"] == "Point event"]

    assert [one["code"] for one in points] == ["marker"] and project["behavioral_categories"] == ["emotion", "marker"]
    assert [event for event in observation["events"] if event[2] == "marker"] == [
        [0.1, "", "marker", "", "face <on>", "NA"],
        [0.1, "", "marker", "", "twice", "NA"],
        [0.22, "", "marker", "", "off", "NA"],
        [2.5, "", "marker", "", "late", "NA"],
    ]
    assert [event[0] for event in observation["events"]] == sorted(event[0] for event in observation["events"])


def test_bids_has_rows_without_a_length(folder: Path) -> None:
    """Their text is the value; columns are described."""
    with export(folder, Format.BIDS).open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    described = json.loads((folder / "talk_events.json").read_text())

    assert [tuple(row.values()) for row in rows if row["trial_type"] == "marker"] == [
        ("0.100", "0.000", "marker", "n/a", "face <on>"),
        ("0.100", "0.000", "marker", "n/a", "twice"),
        ("0.220", "0.000", "marker", "n/a", "off"),
        ("2.500", "0.000", "marker", "n/a", "late"),
    ]
    assert {row["value"] for row in rows if row["trial_type"] != "marker"} == {"n/a"}
    assert set(rows[0]) - {"onset", "duration"} <= set(described) and "marker" in described["trial_type"]["Levels"]


def test_facereader_has_its_column_for_events(folder: Path) -> None:
    """In the row of the frame in which the marker was sent."""
    rows = [line.split("\t") for line in export(folder, Format.FACEREADER).read_text().splitlines()[8:]]

    assert rows[0][-1] == "Event Marker"
    assert [(row[0], row[-1]) for row in rows[1:] if row[-1]] == [
        ("00:00:00.080", "face <on>; twice"),
        ("00:00:00.200", "off"),
        ("00:00:00.760", "late"),
    ]


@pytest.mark.parametrize("name", [Format.EAF, Format.TEXTGRID, Format.BORIS, Format.BIDS])
def test_markers_are_no_codes(folder: Path, name: Format) -> None:
    """An own export agrees with itself."""
    coded = read_coding(export(folder, name), "talk")

    assert {one.code for one in coded} == {"neutral", "happy", "sad"}


def test_a_person_called_like_the_tier_keeps_the_name(folder: Path) -> None:
    """The tier of markers gets another one."""
    mark(folder, SENT[0])
    (folder / "persons.csv").write_text("track,person\n1,markers\n2,Ann\n")
    eaf = Elan.Eaf(str(export(folder, Format.EAF)))

    assert list(eaf.get_tier_names()) == ["markers", "Ann", "markers_"]


def test_a_recording_without_any_is_as_before(folder: Path) -> None:
    """No column, tier or behaviour of theirs; a damaged table is one line."""
    (folder / MARKERS).unlink()
    for name in (Format.EAF, Format.TEXTGRID, Format.BORIS, Format.BIDS, Format.FACEREADER):
        assert "arker" not in export(folder, name).read_text()
    (folder / MARKERS).write_text("nonsense\n")
    with pytest.raises(InputError, match=r"expected the columns pts_ms.*markers\.csv"):
        export(folder, Format.EAF)
