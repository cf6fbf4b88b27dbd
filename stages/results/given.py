"""Tables that people write: CSV as spreadsheets save it. Every mistake is one line with file and row."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError
from pipeline.foreign import one_line
from stages.results.encodings import row_of, saved_text, separator_of
from stages.results.times import parse_seconds

DELIMITERS = ",;\t"
"""Characters between cells; a spreadsheet in a country with decimal commas writes semicolons."""
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""First bytes of the workbooks of spreadsheet programs (.xlsx, .ods, .xls)."""
_MOST_LINES = 20
"""Most mistakes to report; a table with the wrong decimal point has one in every row."""


class Mistakes:
    """Mistakes found in tables, to be reported together."""

    def __init__(self) -> None:
        self._lines: dict[str, None] = {}

    def add(self, expected: str, found: str, where: str) -> None:
        """Add one; the same mistake may show in several recordings."""
        self._lines[one_line(f"expected {expected}, found {found}, in {where}", 400)] = None

    def raise_if_any(self) -> None:
        """Raise all as one error, a line each.

        Raises:
            InputError: There is at least one.
        """
        if self._lines:
            raise InputError("\n".join(first_lines(self._lines)))


def composed(text: str) -> str:
    """Return a text with each letter and its accents as one character: some systems store file names otherwise."""
    return unicodedata.normalize("NFC", text)


def first_lines(lines: Iterable[str]) -> list[str]:
    """Return lines, each once; of many the first ones and the number of the others."""
    every = list(dict.fromkeys(lines))
    more = len(every) - _MOST_LINES
    return [*every[:_MOST_LINES], *([f"... and {more} more"] if more > 0 else [])]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its cells by column, without blanks around them; "" where a cell is empty."""

    table: "Given"
    number: int
    """Number of the row as a spreadsheet counts: the header is row 1."""
    cells: dict[str, str]

    @property
    def where(self) -> str:
        """Return file and row."""
        return f"row {self.number} of {self.table.path}"

    def get(self, column: str) -> str:
        """Return a cell, "" if there is no such column."""
        return self.cells.get(column, "")

    def seconds(self, column: str, mistakes: Mistakes) -> float | None:
        """Return a cell as seconds, None if it is empty or wrong."""
        text = self.get(column)
        try:
            return parse_seconds(text) if text else None
        except ValueError:
            mistakes.add(f"seconds or H:MM:SS as {column}", repr(text), self.where)
            return None


@dataclass(frozen=True, slots=True)
class Given:
    """A table."""

    path: Path
    columns: list[str]
    """Names of the columns, in lower case."""
    rows: list[Row]


def read_given(path: Path, required: Sequence[str], mistakes: Mistakes) -> Given:
    """Read a CSV with names in its first row.

    Comma, semicolon or tab between cells; UTF-8, UTF-16, UTF-32 or Windows-1252, with or without a byte order mark.
    Empty rows are skipped. Names may be in capitals.

    Args:
        path: The file.
        required: Columns that must be there.
        mistakes: Collects rows of a wrong length.

    Raises:
        InputError: It cannot be read, or its names are wrong.
    """
    try:
        raw = path.read_bytes()
        refuse_workbook(raw, path)
        text = composed(saved_text(raw))
    except OSError as error:
        raise InputError(f"expected a table (CSV), found {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        found = f"found other bytes in row {row_of(error)} of {path}"
        raise InputError(f'expected UTF-8 (save as "CSV UTF-8"), {found}') from error
    delimiter, hinted = separator_of(text, DELIMITERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = list(reader)
    except csv.Error as error:
        raise InputError(f"expected a table (CSV), found in row {reader.line_num} of {path}: {error}") from error
    numbered = [(n, [cell.strip() for cell in line]) for n, line in enumerate(lines, 1)]
    # a spreadsheet may begin with its delimiter, and end in rows of empty cells
    numbered = [(n, line) for n, line in numbered if any(line)][1 if hinted else 0 :]
    columns = [name.lower() for name in numbered[0][1]] if numbered else []
    _check_names(path, columns, required)
    table = Given(path, [name for name in columns if name], [])
    for number, line in numbered[1:]:
        cells = dict(zip(columns, line, strict=False))
        if len(line) > len(columns) and any(line[len(columns) :]):
            advice = ": quote cells with a decimal comma" if delimiter == "," else ""
            mistakes.add(f"{len(columns)} cells", f"{len(line)}{advice}", f"row {number} of {path}")
        else:
            table.rows.append(Row(table, number, {name: cell for name, cell in cells.items() if name}))
    return table


def refuse_workbook(raw: bytes, path: Path) -> None:
    """Refuse the workbook of a spreadsheet program.

    Raises:
        InputError: It is one.
    """
    if raw[:4] in WORKBOOKS:
        raise InputError(f"expected a table (CSV), found a workbook: save it as CSV, in {path}")


def named(columns: Iterable[str]) -> str:
    """Return names of columns for a message, as one line of limited length."""
    return one_line(", ".join(filter(None, columns)) or "none", 200)


def _check_names(path: Path, columns: Sequence[str], required: Sequence[str]) -> None:
    missing = [name for name in required if name not in columns]
    twice = [name for name in dict.fromkeys(columns) if name and columns.count(name) > 1]
    if missing:
        raise InputError(f"expected the columns {', '.join(required)}, found {named(columns)}, in row 1 of {path}")
    if twice:
        raise InputError(f"expected each column once, found {named(twice)} twice, in row 1 of {path}")
