"""Writes `faces.csv` and `faces.parquet`, the same values in both, while a stream runs."""

import csv
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from pipeline.batch.columns import Column
from pipeline.batch.results import PARQUET, TABLE
from stages.table.rows import Row

BLOCK = 10_000
"""Rows of a Parquet row group, which are held in memory: six minutes of one person at 30 fps."""


class TableFiles:
    """The tables of one stream, under `.partial` names.

    Args:
        folder: Their folder.
        columns: Their columns.
        parquet: Whether to write `faces.parquet` too.
    """

    def __init__(self, folder: Path, columns: Sequence[Column], *, parquet: bool) -> None:
        self.names = [TABLE, *([PARQUET] if parquet else [])]
        """Names of the files once they are complete."""
        self._paths = [folder / f"{name}.partial" for name in self.names]
        self._file: TextIO = self._paths[0].open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file, lineterminator="\n")
        self._csv.writerow([column.name for column in columns])
        self._parquet: ParquetFile | None = None
        try:
            # a full disk is known before there is a row
            self._file.flush()
            self._parquet = ParquetFile(self._paths[1], columns) if parquet else None
        except OSError:
            self.discard()
            raise

    def write(self, row: Row) -> None:
        """Add a row."""
        self._csv.writerow(row)
        if self._parquet:
            self._parquet.write(row)

    def flush(self) -> None:
        """Write the rows of the CSV file that wait; without its end, a Parquet file cannot be read in any case."""
        self._file.flush()

    def close(self) -> None:
        """Complete the files."""
        self._file.close()
        if self._parquet:
            self._parquet.close()

    def discard(self) -> None:
        """Remove the files, also those that could not be written."""
        with suppress(OSError, ValueError):
            self.close()
        for path in self._paths:
            path.unlink(missing_ok=True)


class ParquetFile:
    """A Parquet file, written in blocks."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        import pyarrow
        from pyarrow import parquet

        types = {"integer": pyarrow.int32(), "number": pyarrow.float64(), "text": pyarrow.string()}
        # readers get the meaning of each column with it
        fields = [pyarrow.field(one.name, types[one.type], metadata=_notes(one)) for one in columns]
        self._columns = columns
        self._schema = pyarrow.schema(fields)
        self._writer = parquet.ParquetWriter(path, self._schema)
        self._rows: list[Row] = []

    def write(self, row: Row) -> None:
        """Add a row."""
        self._rows.append(row)
        if len(self._rows) == BLOCK:
            self._write_block()

    def close(self) -> None:
        """Write the last block and the footer."""
        self._write_block()
        self._writer.close()

    def _write_block(self) -> None:
        import pyarrow

        arrays = []
        for column, field, values in zip(self._columns, self._schema, zip(*self._rows, strict=True), strict=False):
            read = _READ[column.type]
            arrays.append(pyarrow.array([read(value) if value else None for value in values], field.type))
        if arrays:
            self._writer.write_table(pyarrow.Table.from_arrays(arrays, schema=self._schema))
        self._rows.clear()


_READ: dict[str, Any] = {"integer": int, "number": float, "text": str}


def _notes(column: Column) -> dict[str, str]:
    return {"unit": column.unit, "meaning": column.meaning}
