"""`emobot history`: what is kept, for spreadsheets and programs."""

import csv
import io
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

import msgspec
import typer

from pipeline.errors import ConfigError
from pipeline.graph import load_plan
from pipeline.history import LABELS, EventRow, MinuteRow, What, read_history
from pipeline.options import stage_keys
from pipeline.registry import OUTPUTS, resolve

SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
BATCH = 10_000
"""Rows of a Parquet row group."""

Row = dict[str, Any]


def history(
    source: Annotated[Path, typer.Argument(help="A history, or the config of the run that keeps it.")] = Path(
        "config.toml"
    ),
    what: Annotated[What, typer.Option(help="The sums of each minute, or what happened.")] = "minutes",
    camera: Annotated[list[str] | None, typer.Option(help="Only this camera; may be given several times.")] = None,
    since: Annotated[
        str, typer.Option("--from", help="A time such as 2026-11-25 or 2026-11-25T14:30, or a span: 90s, 30m, 2h, 7d.")
    ] = "",
    until: Annotated[str, typer.Option("--to", help="Likewise; not included.")] = "",
    format: Annotated[Literal["csv", "json", "parquet"], typer.Option(help="json: one object per line.")] = "csv",
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of the screen.")] = None,
) -> None:
    """Show what the output `history` has kept, also while it is written.

    Times without a zone are this machine's; a span means so long ago. Times that come out are UTC.
    """
    path = _find(source)
    now = time.time()
    from_s, to_s = _time("--from", since, now, 0.0), _time("--to", until, now, float("inf"))
    if format == "parquet" and out is None and sys.stdout.isatty():
        raise ConfigError("expected --out FILE for parquet, which no terminal can show")
    rows = (_row(row) for row in read_history(path, what, camera or (), from_s, to_s))
    first = next(rows, None)
    found = _again(first, rows) if first is not None else iter(())
    with _file(out) as file:
        _FORMATS[format](found, _columns(what), file)


def _find(source: Path) -> Path:
    """Return the path of the history meant: the file itself, or that of the config's output.

    Raises:
        ConfigError: The config keeps no history, or several.
    """
    if source.suffix != ".toml":
        return source
    plan = load_plan(source)
    nodes = [node for node in plan.nodes if node.use == OUTPUTS["history"]]
    if len(nodes) != 1:
        found = ", ".join(node.name for node in nodes) or "none"
        raise ConfigError(f'expected one output of kind "history" in {source}, found {found}')
    return Path(nodes[0].options.get("path", stage_keys(resolve(nodes[0].use))["path"].default))


def _time(option: str, text: str, now: float, default: float) -> float:
    """Return UNIX seconds.

    Raises:
        ConfigError: The text is no time and no span.
    """
    if not text:
        return default
    if span := SPAN.fullmatch(text):
        return now - float(span[1]) * UNITS_S[span[2]]
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"{option}: expected a time such as 2026-11-25T14:30 or a span such as 2h, found {text!r}"
        ) from error


def _columns(what: What) -> list[str]:
    names = list((EventRow if what == "events" else MinuteRow).__struct_fields__)
    return names if what == "events" else [*names[:-1], *LABELS]


def _row(row: EventRow | MinuteRow) -> Row:
    values = msgspec.structs.asdict(row)
    values["at"] = datetime.fromtimestamp(row.at, UTC)
    if isinstance(row, MinuteRow):
        del values["seconds"]
        values |= {label: round(row.seconds.get(label, 0.0), 3) for label in LABELS}
        values["confidence"] = round(row.confidence, 4)
    return values


def _again(first: Row, rest: Iterable[Row]) -> Iterator[Row]:
    yield first
    yield from rest


def _write_csv(rows: Iterator[Row], columns: list[str], file: BinaryIO) -> None:
    text = io.TextIOWrapper(file, "utf-8", newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "at": _utc(row["at"])} for row in rows)
    text.flush()
    text.detach()


def _write_json(rows: Iterator[Row], columns: list[str], file: BinaryIO) -> None:
    for row in rows:
        file.write(msgspec.json.encode({**row, "at": _utc(row["at"])}) + b"\n")


def _write_parquet(rows: Iterator[Row], columns: list[str], file: BinaryIO) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    text = {"camera", "type", "before", "after", "detail"}
    whole = {"run", "track", "people", "looks"}
    types = {name: pa.string() if name in text else pa.int64() if name in whole else pa.float64() for name in columns}
    schema = pa.schema({**types, "at": pa.timestamp("ms", "UTC")})
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


def _utc(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def _file(path: Path | None) -> Iterator[BinaryIO]:
    """Yield where to write; a file has its name only when it is complete."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    except OSError as error:
        raise ConfigError(f"--out: expected a file that can be written, found {path}: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
