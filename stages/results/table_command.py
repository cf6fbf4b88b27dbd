"""`emobot table`: one row for each file, person and window, from finished results."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.batch.columns import Column, save_columns
from pipeline.batch.results import MARKERS, PARQUET, PERSONS, SUMMARY, TABLE, ZONE_TABLE
from pipeline.errors import ConfigError, InputError
from pipeline.whole_file import written_whole

if TYPE_CHECKING:
    from stages.results.tidy import TidyRow


def table(
    results: Annotated[list[Path], typer.Argument(help="Folders of a batch, or of single recordings.")],
    out: Annotated[Path, typer.Option(help="The table to write: a .csv or .parquet file.")],
    participants: Annotated[
        Path | None,
        typer.Option(help="CSV with file (unless --pattern has it) and participant; also person, condition, others."),
    ] = None,
    windows: Annotated[
        Path | None,
        typer.Option(help="CSV with start and end; also file, participant, person, condition, window (a name)."),
    ] = None,
    pattern: Annotated[
        str, typer.Option(help="End of the recordings' paths, such as {condition}/{participant}_* (no suffix).")
    ] = "",
) -> None:
    """Summarize finished results: one row for each file, person and window of time.

    Each row has the seconds per label, the mean of each emotion, the share of time seen, the uncertain share and the
    changes per minute. Times are seconds or H:MM:SS. Without --windows, a row is about a whole recording. Nothing is
    processed again. NAME.columns.json beside the table describes its columns.
    """
    # the program imports every command at its start; import what reads tables only when needed
    from stages.results.reading import find_results
    from stages.results.study import read_study
    from stages.results.tidy import every_further_column, further_columns, tidy_columns, tidy_rows

    if out.suffix not in (".csv", ".parquet"):
        raise ConfigError(f"expected a .csv or .parquet file as --out, found {str(out)!r}")
    _refuse_input(out, [one for one in (participants, windows) if one])
    study = read_study(participants, windows, pattern)
    columns = tidy_columns(study.extra)
    # also those that only recordings with landmarks or a baseline have: the same table fits every study
    own = [*columns[: len(columns) - len(study.extra)], *every_further_column()]
    clash = sorted(set(study.extra) & {column.name for column in own})
    if clash:
        raise ConfigError(f"expected other names of columns than the table's own, found {', '.join(clash)}")
    rows = tidy_rows(find_results(results), study)
    columns += further_columns(rows)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(out) as place:
            (_write_csv if out.suffix == ".csv" else _write_parquet)(place, columns, rows)
        save_columns(columns, out.with_suffix(".columns.json"))
    except OSError as error:
        raise InputError(f"expected a file that can be written, found {out}: {error.strerror}") from error
    print(f"{out}: {len(rows)} rows")


def _refuse_input(out: Path, given: list[Path]) -> None:
    """Refuse to replace a table that is read.

    Raises:
        ConfigError: `out` is one of the given tables, or a table of results.
    """
    ours = {TABLE, PARQUET, PERSONS, MARKERS, ZONE_TABLE}
    place = out.resolve()  # of a link its target, which would be replaced
    if place in [one.resolve() for one in given] or (place.name in ours and (place.parent / SUMMARY).exists()):
        raise ConfigError(f"expected a new table as --out, found {out}, which is read")


def _write_csv(path: Path, columns: list[Column], rows: "list[TidyRow]") -> None:
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [column.name for column in columns], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write_parquet(path: Path, columns: list[Column], rows: "list[TidyRow]") -> None:
    import pyarrow
    from pyarrow import parquet

    types = {"integer": pyarrow.int32(), "number": pyarrow.float64(), "text": pyarrow.string()}
    schema = pyarrow.schema([(column.name, types[column.type]) for column in columns])
    with path.open("wb") as file:
        parquet.write_table(pyarrow.Table.from_pylist(rows, schema), file)
