"""Packed faces come back unchanged, and damaged files are refused."""

from pathlib import Path

import numpy as np
import pytest

from tests.training.small import splits
from training.data.faces import DataError, Faces
from training.data.packed import MAGIC, residuals, restored, write
from training.data.reading import read


def test_every_pixel_comes_back() -> None:
    """Noise, extremes and smooth images; the residuals of smooth ones are small."""
    ramp = np.add.outer(np.arange(48), 2 * np.arange(48)).astype(np.uint8)
    images = np.stack([ramp, *np.random.default_rng(0).integers(0, 256, (20, 48, 48)), np.eye(48) * 255]).astype(
        np.uint8
    )

    assert np.array_equal(restored(residuals(images)), images)
    assert set(np.unique(residuals(images)[0, 1:, 1:])) <= {0, 1}  # the smaller of the steps across and down


def test_a_packed_file_is_read_like_any_other(tmp_path: Path) -> None:
    """All splits, labels, votes and names; its hash, which banks and cards compare, is the same."""
    expected = splits()
    expected["PrivateTest"] = Faces(images=np.zeros((7, 48, 48), np.uint8), labels=np.arange(7), names=tuple("abcdefg"))
    write(expected, tmp_path / "faces.packed")
    found = read(tmp_path / "faces.packed")

    assert {split: faces.sha256() for split, faces in found.items()} == {
        split: faces.sha256() for split, faces in expected.items()
    }
    assert found["PrivateTest"].votes is None and found["PrivateTest"].names == tuple("abcdefg")


@pytest.mark.parametrize(("content", "message"), [(b"", "of another kind"), (MAGIC + b"\xfd7zXZ\x00", "damaged ones")])
def test_damaged_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """One line with the file's name."""
    (tmp_path / "faces.packed").write_bytes(content)
    with pytest.raises(DataError, match=f"expected faces packed by .*{message}, in .*faces.packed"):
        read(tmp_path / "faces.packed")
