"""Reads `faces.csv` into arrays, a block of rows at a time."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.batch.columns import ALL_COLUMNS, COLUMNS, OLD_COLUMNS
from pipeline.errors import InputError
from pipeline.foreign import one_line

REQUIRED = ("frame", "pts_ms")
"""Columns without an empty cell."""
LARGEST = 2**53
"""Largest frame or track: as 64-bit floating point, larger whole numbers are inexact."""


def read_columns(path: Path) -> dict[str, NDArray[Any]]:
    """Return the columns of a table by name, each of `n` rows.

    Numbers are `float64[n]`, NaN where a cell is empty; text and columns that Emobot does not write are `object[n]`,
    with "" where a cell is empty. 216,000 rows (two hours at 30 fps) take 31 MB, and 90 MB more with blendshapes.

    Raises:
        InputError: The file cannot be read, is not CSV, lacks a column or has one twice.
    """
    from pyarrow import ArrowInvalid, csv, float64, string

    known = {one.name: string() if one.type == "text" else float64() for one in ALL_COLUMNS}
    parts: dict[str, list[NDArray[Any]]] = {}
    try:
        # in blocks: pyarrow's own copy of a whole table is several times as large as the arrays
        with csv.open_csv(path) as blocks:
            names = blocks.schema.names
        _check(names, path)
        types = {name: known.get(name, string()) for name in names}
        options = csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=False)
        with csv.open_csv(path, convert_options=options) as blocks:
            for block in blocks:
                for name in names:
                    parts.setdefault(name, []).append(_array(block[name], types[name] == string()))
    except (OSError, ArrowInvalid, UnicodeDecodeError) as error:
        raise InputError(f"expected a table of faces, found {path}: {one_line(str(error))}") from error
    columns = {
        name: np.concatenate(parts.pop(name))  # one copy at a time
        if name in parts
        else np.empty(0, object if types[name] == string() else float)
        for name in names
    }
    _complete(columns, path)
    return columns


def _array(values: Any, text: bool) -> NDArray[Any]:
    if not text:
        return np.asarray(values.to_numpy(zero_copy_only=False), np.float64)
    # the few different texts are kept once
    found = np.empty(len(values), object)
    found[:] = [sys.intern(value) for value in values.to_pylist()]
    return found


def _check(names: list[str], path: Path) -> None:
    missing = [name for name in OLD_COLUMNS if name not in names]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if missing or twice:
        wanted = f"the columns {', '.join(COLUMNS)}"
        found = f"none named {', '.join(missing)}" if missing else f"{', '.join(twice)} twice"
        raise InputError(f"expected {wanted}, found {found}, in {path}")


def _complete(columns: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Refuse a row without its time, or a face without its place and confidence."""
    seen = ~np.isnan(columns["track"])
    for name in (*REQUIRED, "x", "y", "width", "height", "confidence"):
        wrong = ~np.isfinite(columns[name]) & (seen | (name in REQUIRED))
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0]) + 2
            raise InputError(f"expected a number as {name}, found {columns[name][row - 2]}, in line {row} of {path}")
    for name in ("frame", "track"):
        values = columns[name]
        wrong = (values < 0) | (values > LARGEST) | (values % 1 > 0)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0]) + 2
            raise InputError(f"expected a whole number as {name}, found {values[row - 2]:g}, in line {row} of {path}")
