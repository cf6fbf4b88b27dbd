"""Praat's files, read by another program's reader."""

from pathlib import Path

import pytest
from pympi import Praat

from stages.results.export.document import Document
from stages.results.export.textgrid import write
from tests.stages.results.export.kit import NASTY, document_of
from tests.stages.results.tables import rows_of


def read(tmp_path: Path, document: Document) -> Praat.TextGrid:
    """Return what pympi reads of a document's file."""
    path = tmp_path / "read.TextGrid"
    path.write_text(write(document)[".TextGrid"], "utf-8")
    return Praat.TextGrid(str(path))


def test_intervals_fill_the_whole_recording(tmp_path: Path) -> None:
    """Absence is an empty interval: Praat answers wrongly where there is a hole."""
    grid = read(tmp_path, document_of(tmp_path, [*rows_of(1, "nh..u"), *rows_of(2, "..s..")], 10))

    assert (grid.xmin, grid.xmax) == (0.0, 0.4)
    first, second = grid.get_tiers()
    assert first.get_all_intervals() == [
        *((0.0, 0.04, "neutral"), (0.04, 0.08, "happy"), (0.08, 0.16, "")),
        *((0.16, 0.2, "uncertain"), (0.2, 0.4, "")),
    ]
    assert second.get_all_intervals() == [(0.0, 0.08, ""), (0.08, 0.12, "sad"), (0.12, 0.4, "")]
    assert [(tier.name, tier.xmin, tier.xmax) for tier in (first, second)] == [
        ("Person 1", 0.0, 0.4),
        ("Person 2", 0.0, 0.4),
    ]


def test_a_recording_that_starts_late_begins_with_absence(tmp_path: Path) -> None:
    """Times are those of the media file."""
    (tier,) = read(tmp_path, document_of(tmp_path, rows_of(1, "hh"), 2, first_pts_ms=2000.0)).get_tiers()

    assert tier.get_all_intervals() == [(0.0, 2.0, ""), (2.0, 2.08, "happy")]


@pytest.mark.parametrize(("first_ms", "media_s"), [(0.0, 3.0), (2000.0, 5.5), (0.0, 0.3)])
def test_tiers_are_as_long_as_the_media(tmp_path: Path, first_ms: float, media_s: float) -> None:
    """Also if only a part was processed, or the sound is longer; never shorter than the last frame."""
    document = document_of(tmp_path, rows_of(1, "hh"), 10, first_pts_ms=first_ms, media_s=media_s)
    grid = read(tmp_path, document)
    (tier,) = grid.get_tiers()
    end_s = max(media_s, first_ms / 1e3 + 0.4)

    assert grid.xmax == tier.xmax == end_s
    assert tier.get_all_intervals()[-1] == (first_ms / 1e3 + 0.08, end_s, "")


def test_a_recording_without_faces_has_an_empty_tier(tmp_path: Path) -> None:
    """Praat refuses a TextGrid without tiers."""
    (tier,) = read(tmp_path, document_of(tmp_path, [], 25)).get_tiers()

    assert tier.name == "no face" and tier.get_all_intervals() == [(0.0, 1.0, "")]


@pytest.mark.parametrize(("name", "shown"), NASTY)
def test_any_name_is_one(tmp_path: Path, name: str, shown: str) -> None:
    """Quotation marks are doubled."""
    text = write(document_of(tmp_path, rows_of(1, "h"), 1, names={1: name}))[".TextGrid"]

    assert f'name = "{shown}"'.replace('"d"', '""d""') in text
