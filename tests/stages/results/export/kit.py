"""Documents to export."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from stages.results.export.document import Document, Media, make_document
from stages.results.reading import read_results
from tests.stages.results.tables import Row, write_results

NASTY = [
    ('A & B <c> "d"', 'A & B <c> "d"'),
    ("two\nlines\tand\r\ntabs", "two lines and tabs"),
    ("李小龍 مريم Ζωή 👩🏽\u200d🦰", "李小龍 مريم Ζωή 👩🏽\u200d🦰"),
    ("\x00\x1b]", "\ufffd\ufffd]"),
    ("  ", "Person 1"),
    ("-->", "-->"),
]
"""Names of people, and how they are written."""


def document_of(
    tmp_path: Path,
    rows: Iterable[Row],
    frames: int,
    names: Mapping[int, str] | None = None,
    media: Media | None = None,
    **options: Any,
) -> Document:
    """Return what is exported of a table with these rows."""
    results = read_results(write_results(tmp_path / "talk", rows, frames=frames, **options))
    return make_document(replace(results, names=names or {}), results.folder, media)
