"""Subtitles."""

import re
from html import unescape
from pathlib import Path

import pytest

from stages.results.export.subtitles import write_srt, write_vtt
from tests.stages.results.export.kit import NASTY, document_of
from tests.stages.results.tables import rows_of


def test_cues_are_in_order_of_time(tmp_path: Path) -> None:
    """Also past an hour; those of two people may overlap."""
    rows = [*rows_of(1, "hh", 90_049), *rows_of(2, "s", 90_050)]
    document = document_of(tmp_path, rows, 90_051)

    assert write_vtt(document)[".vtt"] == (
        "WEBVTT\n\n01:00:01.960 --> 01:00:02.040\n<v Person 1>Person 1: happy\n\n"
        "01:00:02.000 --> 01:00:02.040\n<v Person 2>Person 2: sad\n"
    )
    assert write_srt(document)[".srt"] == (
        "1\n01:00:01,960 --> 01:00:02,040\nPerson 1: happy\n\n2\n01:00:02,000 --> 01:00:02,040\nPerson 2: sad\n"
    )


def test_a_recording_without_faces_has_no_cue(tmp_path: Path) -> None:
    """Its file is valid all the same."""
    document = document_of(tmp_path, [], 25)

    assert write_vtt(document)[".vtt"] == "WEBVTT\n" and write_srt(document)[".srt"] == ""


@pytest.mark.parametrize(("name", "shown"), NASTY)
def test_any_name_is_one_line_of_text(tmp_path: Path, name: str, shown: str) -> None:
    """No name is read as a tag or as times."""
    document = document_of(tmp_path, rows_of(1, "h"), 1, names={1: name})
    vtt, srt = write_vtt(document)[".vtt"].splitlines(), write_srt(document)[".srt"].splitlines()
    (found,) = re.findall("^<v ([^<>]*)>([^<>]*): happy$", vtt[3])

    assert len(vtt) == 4 and [unescape(part) for part in found] == [shown, shown]
    assert srt[2] == f"{shown.replace('-->', '->')}: happy" and len(srt) == 3
