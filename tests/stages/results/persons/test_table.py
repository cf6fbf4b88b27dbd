"""`persons.csv`, as spreadsheets and people leave it behind."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from stages.results.persons.table import change_names, describes, is_untouched, read_names, tidy, write_names
from tests.stages.results.persons.people import tracks_of

TRACKS = tracks_of({1: (range(0, 21), 0.25, 60.0), 2: (range(0, 11), 0.75, 48.0), 4: (range(15, 21), 0.75, 48.0)})
DEFAULT = {1: "Person 1", 2: "Person 2", 4: "Person 4"}


def read(tmp_path: Path, raw: str | bytes) -> dict[int, str]:
    """Return the names in a table."""
    path = tmp_path / "persons.csv"
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    return read_names(path, TRACKS)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """A row per track: when and where it was seen."""
    write_names(tmp_path / "persons.csv", TRACKS, {1: "Person 1", 2: "Person 2", 4: ""})

    assert (tmp_path / "persons.csv").read_text().splitlines()[:2] == [
        "track,person,first_s,last_s,x,y,size",
        "1,Person 1,0.000,2.000,0.250,0.500,0.250",
    ]
    assert read_names(tmp_path / "persons.csv", TRACKS) == {1: "Person 1", 2: "Person 2", 4: ""}


@pytest.mark.parametrize(
    "raw",
    [
        "track,person\n1,Ann\n2,Bob\n4,Bob\n",
        "\ufefftrack;person;first_s\r\n1;Ann;0,5\r\n2;Bob;\r\n4;Bob;\r\n",
        "person\ttrack\nBob\t4\nAnn\t1\nBob\t2\n",
        "track,person\r1,Ann\r2,Bob\r4,Bob",
        " Track , PERSON ,note\n1.0, Ann ,x\n2.0,Bob\n\n4.0,Bob,,\n;;\n".replace(";;", ",,"),
        '"track";"person"\n"1";"Ann"\n"2";"Bob"\n"4";"Bob"\n;;;\n',
        "track,person\n1,Ann\n1,Ann\n2,Bob\n4,Bob\n",
        "track,person\n1,Ann\n2,Bob\n4,Bob\n".encode("utf-16"),
        "track,person\n1,Ann\n2,\u200bBob\u200f\n4,Bob\u00a0\n",
    ],
)
def test_spreadsheets_write_it_in_many_ways(tmp_path: Path, raw: str | bytes) -> None:
    """Separators, byte order marks, line ends, decimals, quotes, other orders, empty rows and invisible letters."""
    assert read(tmp_path, raw) == {1: "Ann", 2: "Bob", 4: "Bob"}


@pytest.mark.parametrize("name", ["Müller, Ann", "[b]<b>x</b>", 'O"Hara', "Ольга", "李雷", "علي", "=1+1", "a;b", "🙂"])
def test_names_are_kept_as_they_are(tmp_path: Path, name: str) -> None:
    """Commas, quotes, brackets, HTML and letters of any script."""
    path = tmp_path / "persons.csv"
    write_names(path, TRACKS, DEFAULT | {2: name})

    assert read_names(path, TRACKS)[2] == name
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") is not name.isascii()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_a_name_is_the_same_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    """A spreadsheet's plain "CSV" is in Windows-1252 in Western Europe."""
    assert read(tmp_path, "track;person\r\n1;Renée Müller\r\n".encode(encoding))[1] == "Renée Müller"


def test_the_page_keeps_the_letters_of_an_old_encoding(tmp_path: Path) -> None:
    """It reads the table, and writes it in UTF-8."""
    path = tmp_path / "persons.csv"
    path.write_bytes("track;person\n1;Renée\n2;Jörg\n4;-\n".encode("cp1252"))
    change_names(path, TRACKS, {1: "Renée", 2: "Anna", 4: ""})

    assert path.read_text("utf-8-sig") == "track;person\n1;Renée\n2;Anna\n4;-\n"


def test_a_name_has_one_form() -> None:
    """Of two systems' accents, spaces and line breaks."""
    assert tidy(" Jose\u0301\n  Garci\u0301a\x00 ") == "José García"


@pytest.mark.parametrize("nobody", ["", " ", "-", "–", "—"])
def test_no_name_leaves_a_track_out(tmp_path: Path, nobody: str) -> None:
    """Spreadsheets make dashes of hyphens."""
    assert read(tmp_path, f"track,person\n1,Ann\n2,{nobody}\n4,Bob\n")[2] == ""


def test_a_track_without_a_row_is_nobody_else(tmp_path: Path) -> None:
    """It keeps its number, unless another one has that name."""
    assert read(tmp_path, "track,person\n1,Ann\n") == {1: "Ann", 2: "Person 2", 4: "Person 4"}
    assert read(tmp_path, "track,person\n1,Person 2\n4,Person 2\n")[2] == "Person 2 (no row)"


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("track,name\n1,Ann\n", "expected the columns track and person, found track, name, in row 1 of"),
        ("", "expected the columns track and person, found none, in row 1 of"),
        ("track,person\n1,A\n7,B\n", "expected a track of faces.csv (1, 2, 4), found '7', in row 3 of"),
        ("track,person\n1,A\n\nxy,B\n", "expected a track of faces.csv (1, 2, 4), found 'xy', in row 4 of"),
        ("track,person\n1,Lee, Ann\n", 'expected 2 cells ("quotes" around a comma), found 3, in row 2 of'),
        ("track,person\n1,A\n1,B\n", "expected one name for track 1, found 'A' and 'B', in row 3 of"),
        ("track,person\n1," + "A" * 101, "expected a name of up to 100 characters, found 101, in row 2 of"),
        (b"track,person\n1,Ren\x81e\n", 'expected UTF-8 (save as "CSV UTF-8"), found other bytes in row 2 of'),
        ('track,person\n1,"A' + "B" * 200_000 + '"\n', "expected a table, found in row 2 of"),
        ('track,person\n1,"Ann\n2,Ben\n', "expected a table, found in row 3 of"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, raw: str | bytes, found: str) -> None:
    """Expected, found, file and row."""
    with pytest.raises(InputError) as raised:
        read(tmp_path, raw)

    assert str(raised.value).startswith(found)
    assert str(tmp_path / "persons.csv") in str(raised.value) and "\n" not in str(raised.value)


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    """A line each."""
    with pytest.raises(InputError) as raised:
        read(tmp_path, "track,person\n9,A\n8,B\n")

    assert [line.split(", in row ")[1][0] for line in str(raised.value).splitlines()] == ["2", "3"]


def test_the_page_changes_only_names(tmp_path: Path) -> None:
    """What else someone wrote into the table stays, in their order; a missing track gets a row."""
    path = tmp_path / "persons.csv"
    path.write_text("group;track;person\nb;2;Bob\na;1;Ann\n")
    change_names(path, TRACKS, {1: "Anna", 2: "Bob", 4: ""})

    assert path.read_text() == "group;track;person\nb;2;Bob\na;1;Anna\n;4;-\n"


def test_a_table_describes_its_tracks(tmp_path: Path) -> None:
    """Also after a spreadsheet wrote decimal commas; not others, and not without times."""
    path = tmp_path / "persons.csv"
    write_names(path, TRACKS, DEFAULT)
    assert describes(path, TRACKS) and is_untouched(path)
    text = path.read_text()
    path.write_text(text.replace(",", ";").replace(".", ",").replace("Person 1", "Ann"))
    assert describes(path, TRACKS) and not is_untouched(path)
    assert not describes(path, TRACKS[:2]) and not describes(path, tracks_of({1: (range(3), 0.5, 60.0)}))
    path.write_text(text.replace("2.000", "2.200", 1))
    assert not describes(path, TRACKS)
    path.write_text("track,person\n1,Ann\n2,Bob\n4,Cid\n")
    assert not describes(path, TRACKS)
