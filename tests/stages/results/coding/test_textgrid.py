"""TextGrids of Praat."""

from pathlib import Path

import pytest
from pympi import Praat

from pipeline.errors import InputError
from stages.results.coding.reading import read_coding
from tests.stages.results.coding.files import SMILES, plain, textgrid

SHORT = """File type = "ooTextFile"
"TextGrid"

0
4
<exists>
2
"IntervalTier"
"say ""hi"" [1]: 3"
0
4
1
0.5
1.5
"happy"
"TextTier"
"points"
0
4
1
2.0
"blink"
"""


def test_another_program_s_file_is_read(tmp_path: Path) -> None:
    """Each tier is a person; intervals without text are absence."""
    grid = Praat.TextGrid(xmax=5.0)
    tier = grid.add_tier("anna")
    for mark in SMILES:
        tier.add_interval(*mark)
    path = tmp_path / "talk.TextGrid"
    grid.to_file(str(path))

    assert plain(read_coding(path)) == [("anna", *mark) for mark in SMILES]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_short_files_are_read(tmp_path: Path, encoding: str) -> None:
    """Praat writes them without names of fields, and in several encodings; points are left out."""
    path = tmp_path / "talk.textgrid"
    path.write_text(SHORT, encoding)

    assert plain(read_coding(path)) == [('say "hi" [1]: 3', 0.5, 1.5, "happy")]


def test_latin_1_is_read(tmp_path: Path) -> None:
    """Praat's preference "try ISO Latin-1, then UTF-16"."""
    path = tmp_path / "talk.textgrid"
    path.write_text(SHORT.replace("happy", "gaîté"), "latin-1")

    assert plain(read_coding(path))[0][3] == "gaîté"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a file that begins with ''"),
        ("start,end,label\n0,1,happy\n", "a file that begins with ''"),
        ('File type = "ooTextFile"\n"Pitch"\n', "a file that begins with 'ooTextFile'"),
        (textgrid({"anna": SMILES}, 5)[:-60], "its end too early"),
        (SHORT.replace("IntervalTier", "Tier"), "a tier of class 'Tier'"),
        (SHORT.replace('\n"happy"', "\nhappy"), "expected a TextGrid of Praat"),
        (textgrid({"anna": [(2.0, 1.0, "sad")]}, 5), "expected an end after the start, found 'sad'"),
        (textgrid({"anna": [(0.0, 1.0, " ")]}, 5), "expected coded intervals, found none"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    """It names the file."""
    path = tmp_path / "talk.TextGrid"
    path.write_text(text)

    with pytest.raises(InputError) as error:
        read_coding(path)
    assert said in str(error.value) and str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_binary_file_is_one_line(tmp_path: Path) -> None:
    """Praat writes those, too."""
    path = tmp_path / "talk.TextGrid"
    path.write_bytes(b"ooBinaryFile\x08TextGrid\xff\x80")

    with pytest.raises(InputError, match="expected a TextGrid saved as text, found a binary one"):
        read_coding(path)
