"""Gives a fully convolutional OpenVINO network an input of another shape.

BlazeFace's files fix a square input: the last reshapes name the number of anchors, and the layers that enlarge a grid
(full range) name its new size. Both follow from the input's shape.
"""

from typing import Any

import numpy as np

from models.runtimes import import_openvino

STEP_PX = 16
"""Sides of an input are multiples of this, pixels: the coarsest grid with anchors has this stride."""


def reshape(network: Any, width: int, height: int) -> None:
    """Give a network that was read from a `.tflite` file an input of `width` x `height` pixels, in place.

    Raises:
        ValueError: A side is not a multiple of `STEP_PX`.
    """
    if width % STEP_PX or height % STEP_PX or min(width, height) <= 0:
        raise ValueError(f"expected sides that are multiples of {STEP_PX}, found {width} x {height}")
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
