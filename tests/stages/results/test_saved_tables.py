"""Every table that people edit is read right, however a program has saved it, or refused in one line."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError
from stages.results.coding.reading import read_coding
from stages.results.given import Mistakes, read_given
from stages.results.markers import read_markers
from stages.results.persons.table import read_sheet


def persons(path: Path) -> Any:
    """Return what `persons.csv` says."""
    sheet = read_sheet(path)
    return [row[sheet.column("person")].strip() for _, row in sheet.rows]


def windows(path: Path) -> Any:
    """Return the cells of a table of windows or participants."""
    mistakes = Mistakes()
    rows = [row.cells for row in read_given(path, ("file", "start"), mistakes).rows]
    mistakes.raise_if_any()
    return rows


def markers(path: Path) -> Any:
    """Return what `markers.csv` says."""
    return read_markers(path.parent)


READERS: dict[str, tuple[Callable[[Path], Any], str, str]] = {
    "persons": (persons, "persons.csv", "track,person\n1,Zo\u00eb\n2,\u00dcnal\n"),
    "windows": (windows, "windows.csv", "file,start,who\na.mp4,0.5,Zo\u00eb\nb.mp4,1.5,\u00dcnal\n"),
    "coding": (read_coding, "coding.csv", "start,end,label,person\n0.5,1.5,happy,Zo\u00eb\n"),
    "markers": (markers, "markers.csv", "pts_ms,at,stream,marker\n12.5,1700000000.5,keys,d\u00e9but\n"),
}


def saved(text: str) -> Iterator[tuple[str, bytes]]:
    """Yield a table as programs save it."""
    semicolons, tabs = text.replace(",", ";"), text.replace(",", "\t")
    yield "UTF-8 with mark", text.encode("utf-8-sig")
    yield "two marks", b"\xef\xbb\xbf" + text.encode("utf-8-sig")
    yield "semicolons, Windows rows", semicolons.replace("\n", "\r\n").encode()
    yield "Unicode text", tabs.encode("utf-16")
    yield "UTF-16 LE without mark", tabs.encode("utf-16-le")
    yield "UTF-16 BE without mark", tabs.encode("utf-16-be")
    yield "UTF-32", tabs.encode("utf-32")
    yield "quoted", "\n".join(",".join(f'"{c}"' for c in row.split(",")) for row in text.split("\n")[:-1]).encode()
    yield "empty rows", ("\n\n" + text.replace("\n", "\n\n") + ",,\n").encode()
    yield "empty columns", text.replace("\n", ",,\n").encode()
    yield "hint", ("sep=;\r\n" + semicolons).encode()
    yield "quoted hint", ('"sep=,"\r\n' + text).encode()
    yield "zeros behind", text.encode() + bytes(512)
    yield "old Mac rows", text.replace("\n", "\r").encode()


@pytest.mark.parametrize("reader", READERS)
def test_a_table_is_the_same_however_it_is_saved(tmp_path: Path, reader: str) -> None:
    """Spreadsheets and editors of many countries."""
    read, name, text = READERS[reader]
    path = tmp_path / name
    path.write_text(text, "utf-8")
    right = read(path)
    for how, raw in saved(text):
        path.write_bytes(raw)
        assert read(path) == right, how


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"",
        lambda text: b"\xef\xbb\xbf",
        lambda text: b"PK\x03\x04" + bytes(100),
        lambda text: b"<html><table></table></html>",
        lambda text: text.replace(",", "|").encode(),
        lambda text: ("# by hand\n" + text).encode(),
        lambda text: text.replace(",", ',"', 1).encode(),
        lambda text: text.replace("\n", "\r").encode("mac-roman"),
        lambda text: b"\x89PNG" + bytes(range(256)),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, reader: str, change: Callable[[str], bytes]) -> None:
    """With the file, and what was expected and found."""
    read, name, text = READERS[reader]
    (path := tmp_path / name).write_bytes(change(text))
    with pytest.raises(InputError) as refused:
        read(path)

    line = str(refused.value)
    assert "\n" not in line
    assert line.startswith("expected ")
    assert ", found " in line
    assert str(path) in line


@pytest.mark.parametrize("reader", ["windows", "coding", "markers"])
def test_an_old_code_page_is_read(tmp_path: Path, reader: str) -> None:
    """Western Windows; `persons.csv` is refused in it, as its letters are written back."""
    read, name, text = READERS[reader]
    path = tmp_path / name
    path.write_text(text, "utf-8")
    right = read(path)
    path.write_bytes(text.replace("\n", "\r\n").replace(",", ";").encode("cp1252"))

    assert read(path) == right


def test_a_marker_with_a_wrong_number_names_its_row(tmp_path: Path) -> None:
    """And a decimal comma is none."""
    path = tmp_path / "markers.csv"
    path.write_text("pts_ms;at;stream;marker\n12,5;1700000000,5;s;a\n")
    assert read_markers(tmp_path)[0][0] == 12.5
    path.write_text("pts_ms,at,stream,marker\n1,2,s,a\nsoon,2,s,b\n,nan,s,c\n")
    with pytest.raises(InputError) as refused:
        read_markers(tmp_path)

    assert str(refused.value).splitlines() == [
        f"expected a number as pts_ms, found 'soon', in row 3 of {path}",
        f"expected a number as pts_ms, found nothing, in row 4 of {path}",
        f"expected a number as at, found 'nan', in row 4 of {path}",
    ]
