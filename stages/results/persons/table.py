"""`persons.csv`: a row for each track with the person's name, to be edited by hand in any spreadsheet.

Columns `track` and `person` count; the others say which track it is. The same name twice is one person; an empty name
or "-" leaves the track out. A track without a row keeps its own number.
"""

import csv
import io
import os
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError
from pipeline.whole_file import written_whole
from stages.results.encodings import row_of, saved_text, separator_of
from stages.results.given import named, refuse_workbook
from stages.results.persons.tracks import Track

COLUMNS = ("track", "person", "first_s", "last_s", "x", "y", "size")
"""Columns of `persons.csv`: times in seconds, mean centre and height of the boxes as shares of the frame."""
SEPARATORS = ",;\t"
"""Separators that spreadsheets write."""
NOBODY = ("", "-", "\N{EN DASH}", "\N{EM DASH}", "\N{MINUS SIGN}")
"""Names of tracks that are left out; spreadsheets replace hyphens."""
LONGEST = 100
"""Maximum characters of a name."""


@dataclass(slots=True)
class Sheet:
    """The cells of a table.

    Attributes:
        path: Its file.
        separator: Its separator.
        header: Its first row.
        rows: The other rows that are not empty, each with the number of its line.
    """

    path: Path
    separator: str
    header: list[str]
    rows: list[tuple[int, list[str]]]

    def column(self, name: str) -> int:
        """Return the index of a column; -1 if there is none."""
        names = [cell.strip().casefold() for cell in self.header]
        return names.index(name) if name in names else -1


def is_given(path: Path) -> bool:
    """Return whether there is a table, or what stands in its place: a folder, a broken link."""
    return os.path.lexists(path)


def read_sheet(path: Path) -> Sheet:
    """Read a table as spreadsheets save it: commas, semicolons or tabs, in any encoding of `saved_text`.

    Raises:
        InputError: It cannot be read or lacks a column.
    """
    if path.exists() and not path.is_file():
        raise InputError(f"expected a table of persons, found {'a folder' if path.is_dir() else 'no file'}, in {path}")
    try:
        raw = path.read_bytes()
        refuse_workbook(raw, path)
        text = saved_text(raw)
    except OSError as error:
        raise InputError(f"expected a table of persons, found {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        found = f"found other bytes in row {row_of(error)} of {path}"
        raise InputError(f'expected UTF-8 (save as "CSV UTF-8"), {found}') from error
    separator, hinted = separator_of(text, SEPARATORS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InputError(f"expected a table, found in row {reader.line_num} of {path}: {error}") from error
    lines = lines[1:] if hinted else lines
    sheet = Sheet(path, separator, lines[0][1] if lines else [], lines[1:])
    if min(sheet.column("track"), sheet.column("person")) < 0:
        found = named(cell.strip() for cell in sheet.header)
        raise InputError(f"expected the columns track and person, found {found}, in row 1 of {path}")
    return sheet


def read_names(path: Path, tracks: Sequence[Track]) -> dict[int, str]:
    """Return the name of each track; "" for one that is left out.

    Raises:
        InputError: The table is not valid. A line for each mistake: expected, found, row and file.
    """
    sheet = read_sheet(path)
    known = {track.track for track in tracks}
    names: dict[int, str] = {}
    mistakes = []
    for line, row in sheet.rows:
        cells = [*row, *[""] * len(sheet.header)]
        text, name = cells[sheet.column("track")].strip(), tidy(cells[sheet.column("person")])
        number = _whole(text)
        where = f"in row {line} of {path}"
        if any(cell.strip() for cell in row[len(sheet.header) :]):
            width = len(sheet.header)
            mistakes.append(f'expected {width} cells ("quotes" around a comma), found {len(row)}, {where}')
        elif number not in known:
            wanted = ", ".join(map(str, sorted(known))) if len(known) <= 5 else f"{min(known)} to {max(known)}"
            mistakes.append(f"expected a track of faces.csv ({wanted or 'there is none'}), found {text!r}, {where}")
        elif number in names and names[number] != name:
            mistakes.append(f"expected one name for track {number}, found {names[number]!r} and {name!r}, {where}")
        elif len(name) > LONGEST:
            mistakes.append(f"expected a name of up to {LONGEST} characters, found {len(name)}, {where}")
        else:
            names[number] = name
    if mistakes:
        raise InputError("\n".join(mistakes))
    return _with_missing(names, known)


def write_names(path: Path, tracks: Iterable[Track], names: Mapping[int, str]) -> None:
    """Write a new table.

    Raises:
        OSError: It cannot be written.
    """
    rows = [_row(track, names[track.track]) for track in tracks]
    _write(path, [list(COLUMNS), *rows], ",")


def change_names(path: Path, tracks: Iterable[Track], names: Mapping[int, str]) -> None:
    """Change names in a table; other columns, their order and the order of the rows stay.

    Raises:
        InputError: The table cannot be read.
        OSError: It cannot be written.
    """
    sheet = read_sheet(path)
    at, person = sheet.column("track"), sheet.column("person")
    missing = {track.track: track for track in tracks}
    rows = [sheet.header]
    for _, row in sheet.rows:
        row += [""] * (len(sheet.header) - len(row))
        number = _whole(row[at].strip())
        if number in names:
            row[person] = names[number] or "-"
        missing.pop(number, None)
        rows.append(row)
    for track in missing.values():
        cells = dict(zip(COLUMNS, _row(track, names[track.track]), strict=True))
        rows.append([cells.get(cell.strip().casefold(), "") for cell in sheet.header])
    _write(path, rows, sheet.separator)


def describes(path: Path, tracks: Sequence[Track]) -> bool:
    """Return whether a table was written for these tracks: same numbers, times within 0.1 s, places within 2 %."""
    limits = {"first_s": 0.1, "last_s": 0.1, "x": 0.02, "y": 0.02, "size": 0.02}
    try:
        sheet = read_sheet(path)
        columns = {name: sheet.header.index(name) for name in limits}
        wanted = {track.track: dict(zip(COLUMNS[2:], _numbers(track), strict=True)) for track in tracks}
        for _, row in sheet.rows:
            one = wanted.pop(_whole(row[sheet.column("track")].strip()))
            for name, limit in limits.items():
                # spreadsheets of many countries write decimal commas
                found = float(row[columns[name]].replace(",", "."))
                if not abs(found - one[name]) <= limit + 1e-9:
                    return False
    except (InputError, KeyError, ValueError, IndexError):
        return False
    return not wanted


def is_untouched(path: Path) -> bool:
    """Return whether a table still has the names of people who were not joined."""
    try:
        sheet = read_sheet(path)
        at, person = sheet.column("track"), sheet.column("person")
        return all(row[person] == f"Person {row[at]}" for _, row in sheet.rows)
    except (InputError, IndexError):
        return False


def tidy(name: str) -> str:
    """Return a name without control characters and surplus spaces, in one Unicode form; "" for "-"."""
    plain = "".join(" " if unicodedata.category(c)[0] in "CZ" and c not in "\u200c\u200d" else c for c in name)
    plain = unicodedata.normalize("NFC", " ".join(plain.split()))
    return "" if plain in NOBODY else plain


def _with_missing(names: dict[int, str], tracks: Iterable[int]) -> dict[int, str]:
    """Name the tracks without a row after their number, but never like another person."""
    taken = set(names.values())
    for track in sorted(tracks):
        if track not in names:
            names[track] = f"Person {track}" if f"Person {track}" not in taken else f"Person {track} (no row)"
    return names


def _whole(text: str) -> int:
    """Return a whole number, also as spreadsheets and programs write it (3.0); 0 for anything else."""
    number = text.removesuffix(".0").removesuffix(",0")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 18 else 0


def _numbers(track: Track) -> list[float]:
    return [track.first_s, track.last_s, track.x, track.y, track.size]


def _row(track: Track, name: str) -> list[str]:
    return [str(track.track), name or "-", *(f"{value:.3f}" for value in _numbers(track))]


def _write(path: Path, rows: Iterable[Sequence[str]], separator: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    written = text.getvalue()
    with written_whole(path) as place:
        # without a byte order mark, spreadsheets take other letters for those of an old code page
        place.write_text(written, "utf-8" if written.isascii() else "utf-8-sig", newline="")
