"""Adds the columns of a baseline to `faces.csv`, `faces.parquet` and `columns.json`; all other cells stay."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.batch.columns import ALL_COLUMNS, BASELINE_COLUMNS, save_columns
from pipeline.batch.results import DICTIONARY, PARQUET, TABLE
from pipeline.errors import InputError

NAMES = tuple(column.name for column in BASELINE_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The new cells of `n` faces.

    Attributes:
        probabilities: `float64[n, 7]`, NaN for none.
        label: `object[n]`, "" for none.
    """

    probabilities: NDArray[np.float64]
    label: NDArray[Any]


def add_columns(folder: Path, added: Added) -> None:
    """Add the columns, or replace them; a reader finds the old table or the new one.

    Raises:
        InputError: A file cannot be read or written.
    """
    _rewrite(folder, added)


def remove_columns(folder: Path) -> None:
    """Remove the columns.

    Raises:
        InputError: A file cannot be read or written.
    """
    _rewrite(folder, None)


def _rewrite(folder: Path, added: Added | None) -> None:
    try:
        header = _rewrite_csv(folder / TABLE, added)
        if (folder / PARQUET).is_file():
            _rewrite_parquet(folder / PARQUET, added)
        save_columns([column for column in ALL_COLUMNS if column.name in header], folder / DICTIONARY)
    except (OSError, csv.Error) as error:
        raise InputError(f"expected a table that can be written, found {folder}: {error}") from error


def _rewrite_csv(path: Path, added: Added | None) -> list[str]:
    """Rewrite a table; return its new header."""
    partial = path.with_name(f"{path.name}.partial")
    with path.open(encoding="utf-8", newline="") as old, partial.open("w", encoding="utf-8", newline="") as new:
        rows, writer = csv.reader(old), csv.writer(new, lineterminator="\n")
        header = next(rows)
        kept = [i for i, name in enumerate(header) if name not in NAMES]
        face = header.index("track")
        cells = _cells(added) if added else iter(())
        new_header = [*(header[i] for i in kept), *(NAMES if added else ())]
        writer.writerow(new_header)
        for row in rows:
            # a frame without a face has a row, but no cells of its own
            more: Sequence[str] = ("",) * len(NAMES) if added else ()
            if added and row[face]:
                more = next(cells)
            writer.writerow([*(row[i] for i in kept), *more])
    partial.replace(path)
    return new_header


def _cells(added: Added) -> Iterator[Sequence[str]]:
    for probabilities, label in zip(added.probabilities, added.label, strict=True):
        numbers = [""] * len(probabilities) if np.isnan(probabilities[0]) else [f"{p:.4f}" for p in probabilities]
        yield [*numbers, label]


def _rewrite_parquet(path: Path, added: Added | None) -> None:
    import pyarrow
    from pyarrow import parquet

    table = parquet.read_table(path)
    table = table.drop_columns([name for name in NAMES if name in table.column_names])
    if added:
        faces = table.column("track").is_valid().to_numpy()
        for number, column in enumerate(BASELINE_COLUMNS):
            values = np.full(len(faces), None, object)
            own = added.label if column.type == "text" else added.probabilities[:, number].round(4)
            values[faces] = [value if value and value == value else None for value in own.tolist()]
            kind = pyarrow.string() if column.type == "text" else pyarrow.float64()
            notes = {"unit": column.unit, "meaning": column.meaning}
            table = table.append_column(pyarrow.field(column.name, kind, metadata=notes), pyarrow.array(values, kind))
    partial = path.with_name(f"{path.name}.partial")
    parquet.write_table(table, partial)
    partial.replace(path)
