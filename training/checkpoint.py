"""Training checkpoints: one file, written atomically, so that killing the process never damages it."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = list[NDArray[Any]]


class CheckpointError(ValueError):
    """There is no checkpoint to resume from, or it belongs to another recipe."""


def save(path: Path, arrays: dict[str, Arrays], notes: dict[str, Any]) -> None:
    """Write groups of arrays, and notes that JSON can hold."""
    flat: dict[str, Any] = {
        f"{group}/{i:04}": value for group, values in arrays.items() for i, value in enumerate(values)
    }
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, notes=np.array(json.dumps(notes)), **flat)
    partial.replace(path)


def load(path: Path) -> tuple[dict[str, Arrays], dict[str, Any]]:
    """Read what `save` wrote.

    Raises:
        CheckpointError: The file does not exist, or is not a checkpoint.
    """
    if not path.exists():
        raise CheckpointError(f"expected a checkpoint to resume from, found none at {path}")
    try:
        with path.open("rb") as opened, np.load(opened) as file:  # NumPy does not close a damaged file
            notes = json.loads(str(file["notes"]))
            arrays: dict[str, Arrays] = {}
            for name in sorted(set(file.files) - {"notes"}):
                arrays.setdefault(name.split("/")[0], []).append(file[name])
    except (ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile):
        raise CheckpointError(f"expected a checkpoint, found an incomplete or different file, in {path}") from None
    return arrays, notes
