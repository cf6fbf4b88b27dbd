"""Gives a fully convolutional OpenVINO network an input of another shape.

BlazeFace's files fix a square input: the last reshapes name the number of anchors, and the layers that enlarge a grid
(full range) name its new size. Both follow from the input's shape.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from models.cache import cache_dir, made_once
from models.runtimes import import_openvino, openvino_core

STEP_PX = 16
"""Sides of an input are multiples of this, pixels: the coarsest grid with anchors has this stride."""
FORMAT = 1
"""Version of the files in the cache; increase it when `reshape` changes, so that older files are not used."""


def reshaped(path: Path, width: int, height: int, cache: Path | None = None) -> Any:
    """Return a network with an input of `width` x `height` pixels, as a file in the cache, written if it is missing.

    OpenVINO finds the compiled form of a file without reading it. Reading a `.tflite` file takes 0.15 s of CPU time,
    each new shape of it 0.05 s.

    Args:
        path: The `.tflite` file.
        width: Columns of the input, pixels.
        height: Its rows.
        cache: Folder for generated files; None for `models.cache.cache_dir`.

    Returns:
        The path of the file; if it cannot be written, the network.

    Raises:
        ValueError: A side is not a multiple of `STEP_PX`.
    """

    def read() -> Any:
        network = openvino_core().read_model(path)
        reshape(network, width, height)
        return network

    if width % STEP_PX or height % STEP_PX or min(width, height) <= 0:
        raise ValueError(f"expected sides that are multiples of {STEP_PX}, found {width} x {height}")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    folder = (cache or cache_dir()) / "openvino" / f"{path.stem}-{sha256[:16]}-{width}x{height}-v{FORMAT}"
    try:
        made_once(folder, lambda made: _save(read(), made / "model.xml"))
    except OSError:
        return read()
    return folder / "model.xml"


def _save(network: Any, path: Path) -> None:
    import_openvino().save_model(network, path, compress_to_fp16=False)


def reshape(network: Any, width: int, height: int) -> None:
    """Give a network that was read from a `.tflite` file an input of `width` x `height` pixels, in place."""
    import_openvino()
    from openvino import opset13

    side = int(network.input(0).get_partial_shape().to_shape()[1])
    for operation in _of("Reshape", network):
        wanted = operation.input_value(1).get_node().data.flatten()
        # [1, anchors, columns]; weights are reshaped to four dimensions
        if len(wanted) == 3:
            wanted = np.array([wanted[0], -1, wanted[2]], np.int64)
            operation.input(1).replace_source_output(opset13.constant(wanted).output(0))
    # while the input's shape is open, the sizes of the grids inside can be changed one after the other
    network.reshape({network.input(0): [1, -1, -1, 3]})
    for operation in _of("Interpolate", network):
        old = operation.input_value(1).get_node().data
        rows, columns = old.flatten().tolist()
        # rounded up, as padded convolutions do
        new = np.array([-(-rows * height // side), -(-columns * width // side)], old.dtype)
        operation.input(1).replace_source_output(opset13.constant(new).output(0))
    network.reshape({network.input(0): [1, height, width, 3]})


def _of(kind: str, network: Any) -> list[Any]:
    """Return the operations of a kind whose second input is a constant."""
    chosen = [operation for operation in network.get_ops() if operation.get_type_name() == kind]
    return [c for c in chosen if c.input_value(1).get_node().get_type_name() == "Constant"]
