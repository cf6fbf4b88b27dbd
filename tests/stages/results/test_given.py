"""Tables that people write are read as spreadsheets save them; mistakes are named with file and row."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from stages.results.given import Given, Mistakes, first_lines, read_given
from stages.results.times import parse_seconds


def read(path: Path, text: str | bytes, *required: str) -> tuple[Given, str]:
    """Return a table and the mistakes in it."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    mistakes = Mistakes()
    table = read_given(path, required, mistakes)
    try:
        mistakes.raise_if_any()
    except InputError as error:
        return table, str(error)
    return table, ""


def test_of_many_lines_the_first_are_reported() -> None:
    """And how many there are."""
    assert first_lines(["a", "b", "a"]) == ["a", "b"]
    assert first_lines(map(str, range(30)))[-2:] == ["19", "... and 10 more"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *[("0", 0), ("83.5", 83.5), ("83,5", 83.5), (".5", 0.5), (" 7 ", 7), ("1:23", 83), ("1:23.5", 83.5)],
        *[("1:23,5", 83.5), ("0:01:23", 83), ("01:02:03.25", 3723.25), ("100:00:00", 360_000), ("5.", 5)],
    ],
)
def test_times_are_seconds_or_a_clock(text: str, seconds: float) -> None:
    """With a point or a comma."""
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "1:2:3:4",
        "1:60",
        "60:61:00",
        "1e3",
        "nan",
        "inf",
        "1:-2",
        "ten",
        "1.2.3",
        "٣",
        "9" * 400,
        "9" * 400 + ":00:00",
    ],
)
def test_other_texts_are_no_times(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="expected seconds or H:MM:SS, found"):
        parse_seconds(text)


@pytest.mark.parametrize(
    "raw",
    [
        b"File,Start\ncaf\xc3\xa9.mp4,1.5\n",
        b"\xef\xbb\xbfFile,Start\r\ncaf\xc3\xa9.mp4,1.5\r\n",
        b"file;start\ncaf\xe9.mp4;1.5\n;\n;;;\n",
        b" file \tstart\n caf\xc3\xa9.mp4\t1.5",
        "file;start\ncafé.mp4;1.5\n".encode("utf-16"),
        b'"file";"start"\n"caf\xc3\xa9.mp4";"1.5"',
        b"sep=;\nfile;start\ncaf\xe9.mp4;1.5\n",
        b"\nfile,start,,\n\ncaf\xc3\xa9.mp4,1.5,,\n",
    ],
)
def test_every_spreadsheets_csv_is_read(tmp_path: Path, raw: bytes) -> None:
    """Semicolons, tabs, byte order marks, old encodings, and rows and columns of empty cells."""
    table, mistakes = read(tmp_path / "t.csv", raw, "file", "start")

    assert (table.columns, mistakes) == (["file", "start"], "")
    assert [row.cells for row in table.rows] == [{"file": "café.mp4", "start": "1.5"}]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("file,ende\n", "expected the columns file, start, found file, ende, in row 1 of PATH"),
        ("", "expected the columns file, start, found none, in row 1 of PATH"),
        ("file,start,start\n", "expected each column once, found start twice, in row 1 of PATH"),
        ('file,start\n"a', "expected a table (CSV), found in row 2 of PATH: "),
    ],
)
def test_wrong_columns_are_refused(tmp_path: Path, text: str, error: str) -> None:
    """The line says which are there."""
    path = tmp_path / "t.csv"
    with pytest.raises(InputError) as caught:
        read(path, text, "file", "start")
    assert str(caught.value).startswith(error.replace("PATH", str(path)))

    with pytest.raises(InputError, match=r"expected a table \(CSV\), found .*absent"):
        read_given(tmp_path / "absent", [], Mistakes())


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"PK\x03\x04\x14\0", "expected a table (CSV), found a workbook: save it as CSV, in {path}"),
        (b"\xd0\xcf\x11\xe0\xa1", "expected a table (CSV), found a workbook: save it as CSV, in {path}"),
        (b"a\n\x81", 'expected UTF-8 (save as "CSV UTF-8"), found other bytes in row 2 of {path}'),
    ],
)
def test_what_is_no_table_is_said_plainly(tmp_path: Path, raw: bytes, error: str) -> None:
    """A workbook has the same icon."""
    path = tmp_path / "P.csv"
    with pytest.raises(InputError) as refused:
        read(path, raw, "file")

    assert str(refused.value) == error.format(path=path)


def test_names_of_columns_are_shown_in_one_short_line(tmp_path: Path) -> None:
    """Whatever is in the first row."""
    with pytest.raises(InputError) as refused:
        read(tmp_path / "P.csv", b"\0" * 5000 + b"\x1b[31m", "file")

    assert str(refused.value).isprintable() and len(str(refused.value)) < 2000


def test_a_decimal_comma_between_commas_is_a_mistake_of_its_row(tmp_path: Path) -> None:
    """It would move all cells after it; in quotes or between semicolons it is a number."""
    path = tmp_path / "t.csv"
    table, mistakes = read(path, 'start,end\n1,5,2\n"1,5",2\n\n3,4,\n', "start", "end")

    assert mistakes == f"expected 2 cells, found 3: quote cells with a decimal comma, in row 2 of {path}"
    assert [row.number for row in table.rows] == [3, 5]
    assert table.rows[0].seconds("start", Mistakes()) == 1.5


def test_all_mistakes_are_reported_together(tmp_path: Path) -> None:
    """Each once, and not more than a person reads."""
    table, _ = read(tmp_path / "t.csv", "start\n" + "x\n" * 2 + "\n".join(f"bad {n}" for n in range(30)), "start")
    mistakes = Mistakes()
    assert [row.seconds("start", mistakes) for row in table.rows * 2] == [None] * 64
    with pytest.raises(InputError) as caught:
        mistakes.raise_if_any()
    lines = str(caught.value).splitlines()

    assert lines[0] == f"expected seconds or H:MM:SS as start, found 'x', in row 2 of {tmp_path / 't.csv'}"
    assert len(lines) == 21 and lines[-1] == "... and 12 more"
