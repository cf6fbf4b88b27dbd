"""Export formats of a history: CSV, JSON lines and Parquet.

Times are UTC. Only the steps of an audience are in this machine's time zone, with its offset from UTC: a day that
begins at 22:00 UTC would have yesterday's date.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any, BinaryIO, Literal

import msgspec

from pipeline.history.audience import AudienceRow
from pipeline.history.read import LABELS, MEASURED, EventRow, MinuteRow

BATCH = 10_000
"""Number of rows per Parquet row group."""

TIMES = ("at", "since")

Format = Literal["csv", "json", "parquet"]
Kind = Literal["minutes", "events", "audience"]
Row = dict[str, Any]
_NAMES = {"ins": "in", "outs": "out"}
"""Columns with another name than the field, which Python reserves."""


def write_rows(
    rows: Iterable[EventRow | MinuteRow | AudienceRow],
    what: Kind,
    format: Format,
    file: BinaryIO,
    *,
    utc: bool = False,
) -> None:
    """Write rows of a history to a file.

    Args:
        rows: The rows, from `read_history` or `Audience`.
        what: Name of their table.
        format: Format of the file.
        file: File to write to.
        utc: Whether steps of an audience are in UTC, too. Parquet has their type in UTC in any case.
    """
    _FORMATS[format]((_row(row, UTC if utc else None) for row in rows), _columns(what), file)


def _columns(what: Kind) -> list[str]:
    if what == "audience":
        names = [_NAMES.get(name, name) for name in AudienceRow.__struct_fields__ if name != "seconds"]
        return [*names, *LABELS]
    if what == "events":
        return list(EventRow.__struct_fields__)
    names = [name for name in MinuteRow.__struct_fields__ if name not in ("seconds", "since", *MEASURED)]
    return [*names, *LABELS, "since", *MEASURED]


def _row(row: EventRow | MinuteRow | AudienceRow, zone: tzinfo | None) -> Row:
    values = msgspec.structs.asdict(row)
    if isinstance(row, AudienceRow):
        del values["seconds"]
        values = {_NAMES.get(name, name): _rounded(value) for name, value in values.items()}
        seconds = zip(LABELS, map(_rounded, row.seconds), strict=True)
        return {**values, **dict(seconds), "at": datetime.fromtimestamp(row.at, UTC).astimezone(zone)}
    # an event of no person, such as a marker, has none
    since = datetime.fromtimestamp(row.since / 1e3, UTC) if row.since else None
    values |= {"at": datetime.fromtimestamp(row.at, UTC), "since": since}
    if isinstance(row, MinuteRow):
        del values["seconds"]
        values |= {label: round(row.seconds.get(label, 0.0), 3) for label in LABELS}
        values |= {name: round(values[name], 3) for name in MEASURED}
        values["blinks"] = int(row.blinks)
        values["confidence"] = round(row.confidence, 4)
    return values


def _write_csv(rows: Iterator[Row], columns: list[str], file: BinaryIO) -> None:
    text = io.TextIOWrapper(file, "utf-8", newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_with_text(row) for row in rows)
    text.flush()
    text.detach()


def _write_json(rows: Iterator[Row], columns: list[str], file: BinaryIO) -> None:
    for row in rows:
        file.write(msgspec.json.encode(_with_text(row)) + b"\n")


def _write_parquet(rows: Iterator[Row], columns: list[str], file: BinaryIO) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    text = {"camera", "type", "before", "after", "detail", "zone", "clock"}
    whole = {"run", "track", "people", "looks", "blinks", "visitors", "visits", "in", "out"}
    types = {name: pa.string() if name in text else pa.int64() if name in whole else pa.float64() for name in columns}
    schema = pa.schema({**types, **{name: pa.timestamp("ms", "UTC") for name in TIMES if name in types}})
    with parquet.ParquetWriter(file, schema) as writer:
        batch: list[Row] = []
        for row in rows:
            batch.append(row)
            if len(batch) == BATCH:
                writer.write_table(pa.Table.from_pylist(batch, schema))
                batch = []
        writer.write_table(pa.Table.from_pylist(batch, schema))


_FORMATS: dict[str, Callable[[Iterator[Row], list[str], BinaryIO], None]] = {
    "csv": _write_csv,
    "json": _write_json,
    "parquet": _write_parquet,
}


def _with_text(row: Row) -> Row:
    """Return a row with its times as ISO 8601 text."""
    times = [name for name in TIMES if row.get(name)]
    texts = {name: row[name].isoformat(timespec="milliseconds").replace("+00:00", "Z") for name in times}
    return {**row, **texts}


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value
