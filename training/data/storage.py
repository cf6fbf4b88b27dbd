"""Weights as float16, which halves the files and the repository's history of them."""

import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

_WEIGHTS = "model.weights.h5"


def rounded(weights: Sequence[NDArray[Any]]) -> list[NDArray[Any]] | None:
    """Return the weights rounded to float16, in their original types, or None if one overflows."""
    with np.errstate(over="ignore"):
        kept = [value.astype(np.float16).astype(value.dtype) for value in weights]
    return kept if all(np.isfinite(value).all() for value in kept) else None


def halve(path: Path) -> None:
    """Convert a `.keras` file's float32 weights to float16 in place; Keras converts them back when loading."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as source:
        source.extract(_WEIGHTS, folder)
        wide, narrow = Path(folder) / _WEIGHTS, Path(folder) / "narrow.h5"
        with h5py.File(wide) as old, h5py.File(narrow, "w") as new:
            _copy(old, new)
        partial = path.with_suffix(".partial")
        with zipfile.ZipFile(partial, "w") as target:
            for entry in source.infolist():
                if entry.filename == _WEIGHTS:
                    target.write(narrow, _WEIGHTS)
                else:
                    target.writestr(entry, source.read(entry))
        partial.replace(path)


def _copy(old: Any, new: Any) -> None:
    for key, value in old.attrs.items():
        new.attrs[key] = value
    for name, item in old.items():
        if isinstance(item, h5py.Group):
            _copy(item, new.create_group(name))
        else:
            numbers = item[()]
            made = new.create_dataset(name, data=numbers.astype(np.float16) if item.dtype == np.float32 else numbers)
            for key, value in item.attrs.items():
                made.attrs[key] = value
