"""Networks in other shapes are files of the cache, which OpenVINO compiles without reading the original."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.detectors import reshape
from models.detectors.reshape import reshaped
from models.fetch import detector_path
from models.runtimes import compile_small

SIDES = 64, 48


def answers(network: Any, cache: Path) -> list[Any]:
    """Return what a network says about noise."""
    request = compile_small(network, cache).create_infer_request()
    request.infer([np.random.default_rng(1).random((1, SIDES[1], SIDES[0], 3), np.float32)])
    return [request.get_output_tensor(i).data.copy() for i in range(2)]


def test_a_shape_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next start reads no network; its answers are those of the network itself, where no file can be written."""
    path = detector_path("short_range")
    file = reshaped(path, *SIDES, tmp_path)
    (tmp_path / "full").write_bytes(b"")
    network = reshaped(path, *SIDES, tmp_path / "full")

    assert [a.tolist() for a in answers(file, tmp_path)] == [a.tolist() for a in answers(network, tmp_path)]
    assert not list((tmp_path / "openvino").glob(".partial-*"))
    monkeypatch.setattr(reshape, "openvino_core", None)
    assert reshaped(path, *SIDES, tmp_path) == file


def test_another_network_is_another_file(tmp_path: Path) -> None:
    """A file of the same name may be replaced by the user."""
    path = tmp_path / "own.tflite"
    found = []
    for which in ("short_range", "full_range"):
        path.write_bytes(detector_path(which).read_bytes())
        found.append(reshaped(path, 64, 64, tmp_path))
    path.write_bytes(detector_path("short_range").read_bytes())

    assert reshaped(path, 64, 64, tmp_path) == found[0] != found[1]


@pytest.mark.parametrize("sides", [(65, 64), (64, 8), (0, 64), (-16, 64)])
def test_sides_are_multiples_of_the_coarsest_grid(tmp_path: Path, sides: tuple[int, int]) -> None:
    """Others are refused before anything is read."""
    with pytest.raises(ValueError, match=f"expected sides that are multiples of 16, found {sides[0]} x {sides[1]}"):
        reshaped(tmp_path / "none.tflite", *sides)
