"""The formats of `emobot history`."""

import csv
import io
import json

import pytest
from msgspec.structs import replace
from pyarrow import parquet

from pipeline.history.formats import Format, write_rows
from tests.pipeline.history.rows import event


@pytest.mark.parametrize("format_", ["csv", "json", "parquet"])
def test_an_event_of_no_person_has_no_start(format_: Format) -> None:
    """A marker of another program has none; 1970 would be one."""
    file = io.BytesIO()
    write_rows([event(10), replace(event(20), since=0)], "events", format_, file)
    text = file.getvalue()
    if format_ == "csv":
        rows = list(csv.DictReader(io.StringIO(text.decode())))
    elif format_ == "json":
        rows = [json.loads(line) for line in text.splitlines()]
    else:
        rows = parquet.read_table(io.BytesIO(text)).to_pylist()

    assert [bool(row["since"]) for row in rows] == [True, False]
