"""Subtitles."""

import re
from html import unescape
from pathlib import Path

import pytest

from stages.results.export.subtitles import write_srt, write_vtt
from tests.stages.results.export.kit import NASTY, document_of
from tests.stages.results.tables import rows_of


def test_cues_do_not_overlap(tmp_path: Path) -> None:
    """One shows all who are seen, a line each, until somebody changes; also past an hour."""
    rows = [*rows_of(1, "hh", 90_049), *rows_of(2, "s", 90_050)]
    document = document_of(tmp_path, rows, 90_051)

    assert write_vtt(document)[".vtt"] == (
        "WEBVTT\n\n01:00:01.960 --> 01:00:02.000\n<v Person 1>Person 1: happy</v>\n\n"
        "01:00:02.000 --> 01:00:02.040\n<v Person 1>Person 1: happy</v>\n<v Person 2>Person 2: sad</v>\n"
    )
    assert write_srt(document)[".srt"] == (
        "1\n01:00:01,960 --> 01:00:02,000\nPerson 1: happy\n\n"
        "2\n01:00:02,000 --> 01:00:02,040\nPerson 1: happy\nPerson 2: sad\n"
    )


def test_people_who_come_change_and_go(tmp_path: Path) -> None:
    """While one stays the same; a cue for each time, in which nobody is seen there is none."""
    rows = [*rows_of(1, "hhhhhhhh", 10), *rows_of(2, "sn", 12), *rows_of(2, "n", 16), *rows_of(3, "hs", 20)]
    cues = write_srt(document_of(tmp_path, rows, 30))[".srt"].rstrip("\n").split("\n\n")

    assert [cue.split("\n", 1)[1].replace("00:00:00,", "").replace("Person ", "") for cue in cues] == [
        "400 --> 480\n1: happy",
        "480 --> 520\n1: happy\n2: sad",
        "520 --> 560\n1: happy\n2: neutral",
        "560 --> 640\n1: happy",
        "640 --> 680\n1: happy\n2: neutral",
        "680 --> 720\n1: happy",
        "800 --> 840\n3: happy",
        "840 --> 880\n3: sad",
    ]


def test_a_recording_without_faces_has_no_cue(tmp_path: Path) -> None:
    """Its file is valid all the same."""
    document = document_of(tmp_path, [], 25)

    assert write_vtt(document)[".vtt"] == "WEBVTT\n" and write_srt(document)[".srt"] == ""


@pytest.mark.parametrize(("name", "shown"), NASTY)
def test_any_name_is_one_line_of_text(tmp_path: Path, name: str, shown: str) -> None:
    """No name is read as a tag or as times."""
    document = document_of(tmp_path, rows_of(1, "h"), 1, names={1: name})
    vtt, srt = write_vtt(document)[".vtt"].splitlines(), write_srt(document)[".srt"].splitlines()
    (found,) = re.findall("^<v ([^<>]*)>([^<>]*): happy</v>$", vtt[3])

    assert len(vtt) == 4 and [unescape(part) for part in found] == [shown, shown]
    assert srt[2] == f"{shown.replace('-->', '->')}: happy" and len(srt) == 3
