"""Tables of annotations."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from stages.results.coding.reading import read_coding
from tests.stages.results.coding.files import plain


@pytest.mark.parametrize(
    "text",
    [
        "start,end,label,person\n0.5,1.25,happy,anna\n",
        "Person;Label;Start;End\nanna;happy;0,5;1,25\n",
        "onset\tduration\ttrial_type\tsubject\n0.5\t0.75\thappy\tanna\n",
        "Subject,Behavior,Start (s),Stop (s),Media file\nanna,happy,0.5,1.25,talk.mp4\n",
        "tmin\ttier\ttext\ttmax\n0.5\tanna\thappy\t1.25\n\n",
        "start,end,label,person\n0:00.5,00:00:01.250,happy,anna\n",
    ],
)
def test_tables_of_several_programs_are_read(tmp_path: Path, text: str) -> None:
    """Ours, a spreadsheet's with decimal commas, BIDS, BORIS, Praat, and times with minutes."""
    path = tmp_path / "coding.csv"
    path.write_text(text)

    assert plain(read_coding(path)) == [("anna", 0.5, 1.25, "happy")]


def test_codes_that_are_left_out_may_overlap_others(tmp_path: Path) -> None:
    """A coder marks other behaviour at the same time; those that count must not overlap, also across one of these."""
    path = tmp_path / "coding.csv"
    path.write_text("start,end,label\n0,1,happy\n0.2,3,Gaze\n1,2,sad\n1.5,1.7,tics\n")

    found = plain(read_coding(path, left_out=("gaze", "tics")))
    assert [(start, end, code) for _, start, end, code in found] == [
        (0, 1, "happy"), (0.2, 3, "Gaze"), (1, 2, "sad"), (1.5, 1.7, "tics")
    ]  # fmt: skip
    with pytest.raises(InputError, match="found 'sad' and 'tics' at 1.500 s, .* leave one out with --map 'tics='"):
        read_coding(path, left_out=("gaze",))
    path.write_text("start,end,label\n0,1,happy\n0.2,0.3,gaze\n0.5,2,sad\n")
    with pytest.raises(InputError, match="found 'happy' and 'sad'"):
        read_coding(path, left_out=("gaze",))


def test_a_table_without_persons_has_one_without_a_name(tmp_path: Path) -> None:
    """Rows may be in any order; an overlap by rounding goes to the later code."""
    path = tmp_path / "coding.tsv"
    path.write_text("start\tend\tlabel\n1.24\t2.0\tneutral\n0.5\t1.25\thappy\n2\t3\t\n")

    assert plain(read_coding(path)) == [("", 0.5, 1.24, "happy"), ("", 1.24, 2.0, "neutral")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected the columns start, end, label and perhaps person, found none"),
        ("start,label\n1,happy\n", "found start, label"),
        ("start,end,label\nsoon,1,happy\n", "expected seconds or H:MM:SS as start, found 'soon', in row 2"),
        ("start,end,label\n1,,happy\n", "expected seconds or H:MM:SS as end, found nothing, in row 2"),
        ("start,end,label\n2,1,happy\n", "expected an end after the start, found 'happy' from 2.000 to 1.000 s"),
        ("start,end,label\n1,2\n", "expected coded intervals, found none"),
        (
            "start,end,label\n0,2,happy\n1,3,sad\n",
            "expected one code at a time, found 'happy' and 'sad' at 1.000 s, in",
        ),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    """It names the file."""
    path = tmp_path / "coding.csv"
    path.write_text(text)

    with pytest.raises(InputError) as error:
        read_coding(path)
    assert said in str(error.value) and str(path) in str(error.value) and "\n" not in str(error.value)


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    """A file that is absent, a folder, an unknown format, a tier that is not there."""
    path = tmp_path / "coding.csv"
    for wrong in (path, tmp_path / "coding.docx"):
        with pytest.raises(InputError, match="expected a"):
            read_coding(wrong)
    (tmp_path / "folder.eaf").mkdir()
    with pytest.raises(InputError, match="expected a coding, found .*folder.eaf"):
        read_coding(tmp_path / "folder.eaf")
    path.write_text("start,end,label,person\n0,1,happy,anna\n")
    with pytest.raises(InputError, match="expected tiers among anna, found ben"):
        read_coding(path, tiers=["ben"])


def test_codes_without_a_length_are_skipped(tmp_path: Path) -> None:
    """A state that was started and stopped at once has no time to compare."""
    path = tmp_path / "anna.csv"
    path.write_text("start,end,label\n1,2,happy\n2,2,sad\n2,3,neutral\n")

    assert [one.code for one in read_coding(path)] == ["happy", "neutral"]
    path.write_text("start,end,label\n2,2,sad\n")
    with pytest.raises(InputError, match="expected coded intervals, found none"):
        read_coding(path)
