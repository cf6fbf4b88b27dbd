"""Packs FER2013 into one file of about 50 MB, to carry it to another machine.

Each pixel is predicted from its neighbours by the gradient predictor of LOCO-I (Weinberger et al. 2000); the
differences are compressed by LZMA. To pack: `python -m training.data.packed FER2013 OUT.packed`; `--data OUT.packed`
reads it.
"""

import io
import json
import lzma
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray

from training.data.faces import SPLITS, DataError, Faces
from training.programs import run

SUFFIX = ".packed"
MAGIC = b"emobot faces 1\n"
"""First bytes of such a file."""


def write(splits: Mapping[str, Faces], path: Path) -> None:
    """Write faces with labels, votes and names, atomically."""
    arrays: dict[str, Any] = {}
    for split, faces in splits.items():
        arrays[f"{split}/pixels"] = residuals(faces.images)
        arrays[f"{split}/labels"] = faces.labels
        arrays[f"{split}/names"] = np.frombuffer(json.dumps(faces.names).encode(), np.uint8)
        if faces.votes is not None:
            arrays[f"{split}/votes"] = faces.votes
    content = io.BytesIO()
    np.savez(content, **arrays)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(MAGIC + lzma.compress(content.getvalue(), preset=6))
    partial.replace(path)


def read_packed(path: Path) -> dict[str, Faces]:
    """Read what `write` wrote.

    Raises:
        DataError: The file is another one, or damaged.
    """
    raw = path.read_bytes()
    if not raw.startswith(MAGIC):
        raise DataError(f"expected faces packed by training.data.packed, found a file of another kind, in {path}")
    try:
        with np.load(io.BytesIO(lzma.decompress(raw[len(MAGIC) :]))) as file:
            return {split: _faces(file, split) for split in SPLITS if f"{split}/pixels" in file.files}
    except (lzma.LZMAError, EOFError, ValueError, KeyError):
        raise DataError(f"expected faces packed by training.data.packed, found damaged ones, in {path}") from None


def residuals(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return each pixel minus its prediction, modulo 256."""
    wide = images.astype(np.int16)
    guess = np.zeros_like(wide)
    guess[:, 1:, 1:] = _predicted(wide[:, 1:, :-1], wide[:, :-1, 1:], wide[:, :-1, :-1])
    guess[:, 0, 1:], guess[:, 1:, 0] = wide[:, 0, :-1], wide[:, :-1, 0]
    return ((wide - guess) & 255).astype(np.uint8)


def restored(found: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the images of these residuals."""
    # the last axis is the image: each step below is one operation on contiguous rows
    wide = np.ascontiguousarray(found.transpose(1, 2, 0)).astype(np.int16)
    for y in range(wide.shape[0]):
        for x in range(wide.shape[1]):
            if y and x:
                wide[y, x] += _predicted(wide[y, x - 1], wide[y - 1, x], wide[y - 1, x - 1])
            elif y or x:
                wide[y, x] += wide[y, x - 1] if x else wide[y - 1, x]
            wide[y, x] &= 255
    return np.ascontiguousarray(wide.transpose(2, 0, 1)).astype(np.uint8)


def _predicted(left: Any, above: Any, corner: Any) -> Any:
    """Return the median of the left and upper neighbours and of the plane through all three."""
    return np.clip(left + above - corner, np.minimum(left, above), np.maximum(left, above))


def _faces(file: Any, split: str) -> Faces:
    return Faces(
        images=restored(file[f"{split}/pixels"]),
        labels=file[f"{split}/labels"],
        votes=file[f"{split}/votes"] if f"{split}/votes" in file.files else None,
        names=tuple(json.loads(file[f"{split}/names"].tobytes())),
    )


def main(data: Path, out: Path) -> None:
    """Pack FER2013 in any form that `--data` accepts, with its votes."""
    from training.data.reading import read

    if out.suffix != SUFFIX:
        raise typer.BadParameter(f"expected a file named *{SUFFIX}, found {out}")
    write(read(data), out)
    print(f"wrote {out}, {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    run(main)
