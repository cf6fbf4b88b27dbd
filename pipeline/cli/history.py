"""`emobot history`: export a history for spreadsheets and programs."""

import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from pipeline.config.recorded import read_history_paths
from pipeline.errors import ConfigError
from pipeline.history.audience import LEAST_PEOPLE, Audience, AudienceRow, By
from pipeline.history.formats import Format, Kind, write_rows
from pipeline.history.read import EventRow, MinuteRow, read_cameras, read_history
from pipeline.whole_file import written_whole

Row = EventRow | MinuteRow | AudienceRow
SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def history(
    source: Annotated[Path, typer.Argument(help="A history file, or the config of the run that writes it.")] = Path(
        "config.toml"
    ),
    what: Annotated[
        Kind,
        typer.Option(
            help="minutes: totals per minute; events: one row per event; audience: how many people, how long, and in"
            " what mood, in the frame, its zones and at its lines."
        ),
    ] = "minutes",
    by: Annotated[
        By, typer.Option(help="With --what audience: a row per minute, hour, day, or only per zone.")
    ] = "minute",
    min_people: Annotated[
        int, typer.Option(help="With --what audience: leave out rows that concern fewer people.", min=1)
    ] = LEAST_PEOPLE,
    camera: Annotated[list[str] | None, typer.Option(help="Only this camera; may be given several times.")] = None,
    since: Annotated[
        str,
        typer.Option("--from", help="A time such as 2026-11-25 or 2026-11-25T14:30, or an age: 90s, 30m, 2h, 7d."),
    ] = "",
    until: Annotated[str, typer.Option("--to", help="End of the period, in the same form; not included.")] = "",
    format: Annotated[Format, typer.Option(help="Output format; json: one object per line.")] = "csv",
    utc: Annotated[
        bool, typer.Option("--utc", help="With --what audience: hours and days of UTC, not of this machine's zone.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
) -> None:
    """Print what the output `history` has recorded, also during a run.

    Times without a zone are in this machine's zone; a span such as 2h means two hours ago. Printed times are UTC,
    those of --what audience in this machine's zone with its offset: its hours and days begin there.
    """
    path = find_history(source)
    now = time.time()
    from_s, to_s = read_time("--from", since, now, 0.0), read_time("--to", until, now, float("inf"))
    if from_s >= to_s:
        raise ConfigError(f"expected --from before --to, found {since or 'the beginning'} and {until}")
    if by != "minute" and what != "audience":
        raise ConfigError(f"expected --what audience with --by {by}, found --what {what}")
    if format == "parquet" and out is None and sys.stdout.isatty():
        raise ConfigError("expected --out FILE with --format parquet, found a terminal")
    if out and out.resolve() == path.resolve():
        raise ConfigError(f"expected another file than the history as --out, found {out}")
    audience = Audience(path, by, camera or (), from_s, to_s, min_people, utc=utc)
    rows: Iterator[Row] = iter(audience)
    if what != "audience":
        rows = read_history(path, what, camera or (), from_s, to_s)
    first = next(rows, None)
    found = _again(first, rows) if first is not None else iter(())
    with _file(out) as file:
        write_rows(found, what, format, file, utc=utc)
    known = read_cameras(path, events=True) if camera else []
    for name in camera or ():
        if name not in known:
            print(f"emobot: expected a camera of {path} ({', '.join(known) or 'none'}), found {name}", file=sys.stderr)
    if audience.withheld:
        print(f"emobot: left out {audience.withheld} rows about fewer than {min_people} people", file=sys.stderr)


def find_history(source: Path) -> Path:
    """Return the path of the history: the file itself, or that of the config's output.

    Raises:
        ConfigError: The config has no output of kind `history`, or several.
    """
    if source.suffix != ".toml":
        return source
    paths = read_history_paths(source)
    if len(paths) != 1:
        found = ", ".join(map(str, paths)) or "none"
        raise ConfigError(f'expected one output of kind "history" in {source}, found {found}')
    return Path(paths[0])


def read_time(option: str, text: str, now: float, default: float) -> float:
    """Return UNIX seconds.

    Raises:
        ConfigError: The text is neither a time nor a span.
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


def _again(first: Row, rest: Iterable[Row]) -> Iterator[Row]:
    yield first
    yield from rest


@contextmanager
def _file(path: Path | None) -> Iterator[BinaryIO]:
    """Yield the file to write to; it gets its final name when it is complete."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with written_whole(path) as place, place.open("wb") as file:
            yield file
    except OSError as error:
        found = path.resolve()  # of a link its target
        raise ConfigError(f"--out: expected a file that can be written, found {found}: {error.strerror}") from error
