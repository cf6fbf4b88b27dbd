"""Small networks in TensorFlow Lite's format, and a `.task` file of MediaPipe's shapes with a known answer."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from numpy.typing import NDArray

FULLY_CONNECTED, RESHAPE, MEAN = 9, 22, 40
_OPTIONS = {FULLY_CONNECTED: 8, RESHAPE: 17, MEAN: 27}
"""Operators of the schema, and the numbers of their tables of options."""
_TYPES = {"f": 0, "i": 2}


class Network:
    """A network that is built one operator at a time; all its tensors are `float32`."""

    def __init__(self, *shape: int) -> None:
        self._tensors: list[tuple[Sequence[int], NDArray[Any] | None]] = [(shape, None)]
        self._operators: list[tuple[int, list[int], int]] = []

    def add(self, operator: int, shape: Sequence[int], *constants: NDArray[Any], of: int = 0) -> int:
        """Add an operator on tensor `of`; return the number of its output."""
        given = [of]
        for constant in constants:
            self._tensors.append((constant.shape, constant))
            given.append(len(self._tensors) - 1)
        self._tensors.append((shape, None))
        self._operators.append((operator, given, len(self._tensors) - 1))
        return len(self._tensors) - 1

    def reshape(self, shape: Sequence[int], of: int = 0) -> int:
        """Add a change of shape."""
        return self.add(RESHAPE, shape, np.array(shape, np.int32), of=of)

    def save(self, outputs: Sequence[int]) -> bytes:
        """Return the file with these tensors as outputs."""
        build = flatbuffers.Builder(1 << 16)
        # the first buffer is that of tensors without values
        buffers = [_table(build)]
        tensors = []
        for number, (shape, values) in enumerate(self._tensors):
            data = None if values is None else build.CreateNumpyVector(np.frombuffer(values.tobytes(), np.uint8))
            if data is not None:
                buffers.append(_table(build, (0, "offset", data)))
            kind = 0 if values is None else _TYPES[values.dtype.kind]
            shaped, name = _vector(build, shape), build.CreateString(f"tensor_{number}")
            buffer = len(buffers) - 1 if data is not None else 0
            fields = (0, "offset", shaped), (1, "Int8", kind), (2, "Uint32", buffer), (3, "offset", name)
            tensors.append(_table(build, *fields))
        codes = sorted({operator for operator, _, _ in self._operators})
        operators = []
        for operator, given, output in self._operators:
            options = _table(build)
            inputs, found = _vector(build, given), _vector(build, [output])
            fields = (0, "Uint32", codes.index(operator)), (1, "offset", inputs), (2, "offset", found)
            operators.append(_table(build, *fields, (3, "Uint8", _OPTIONS[operator]), (4, "offset", options)))
        kinds = [_table(build, (0, "Int8", code), (3, "Int32", code)) for code in codes]
        graph = [_offsets(build, tensors), _vector(build, [0]), _vector(build, outputs), _offsets(build, operators)]
        graphs = _offsets(build, [_table(build, *((i, "offset", at) for i, at in enumerate(graph)))])
        parts = [_offsets(build, kinds), graphs, _offsets(build, buffers)]
        fields = ((i, "offset", at) for i, at in zip((1, 2, 4), parts, strict=True))
        build.Finish(_table(build, (0, "Uint32", 3), *fields), b"TFL3")
        return bytes(build.Output())


def landmark_network(points: NDArray[np.floating[Any]], size: int = 256) -> bytes:
    """Return a network that sees a face wherever the square is bright, and always the same points.

    Args:
        points: `float[n, 3]`, pixels of the input.
        size: Side of the input, pixels.
    """
    network = Network(1, size, size, 3)
    gray = network.add(MEAN, (1, 3), np.array([1, 2], np.int32))
    flat = points.astype(np.float32).ravel()
    placed = network.add(FULLY_CONNECTED, (1, flat.size), np.zeros((flat.size, 3), np.float32), flat, of=gray)
    logit = network.add(FULLY_CONNECTED, (1, 1), np.full((1, 3), 8, np.float32), np.float32([-12]), of=gray)
    return network.save([network.reshape((1, 1, 1, flat.size), placed), network.reshape((1, 1, 1, 1), logit)])


def blendshape_network(inputs: int = 146, outputs: int = 52, scale: float = 1e-3) -> bytes:
    """Return a network whose scores are the x of the first points, times `scale`."""
    network = Network(1, inputs, 2)
    flat = network.reshape((1, 2 * inputs))
    weights = np.zeros((outputs, 2 * inputs), np.float32)
    weights[range(outputs), range(0, 2 * outputs, 2)] = scale
    found = network.add(FULLY_CONNECTED, (1, outputs), weights, np.zeros(outputs, np.float32), of=flat)
    return network.save([network.reshape((outputs,), found)])


def save_task(path: Path, **networks: bytes) -> Path:
    """Write a `.task` file of networks by name; return its path."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in networks.items():
            archive.writestr(f"{name}.tflite", content)
    return path


def face_task(path: Path) -> Path:
    """Write one like MediaPipe's: landmark n is at (n / 2, 128) of 256 pixels."""
    points = np.stack([np.arange(478) / 2, np.full(478, 128), np.zeros(478)], 1)
    return save_task(path, face_landmarks_detector=landmark_network(points), face_blendshapes=blendshape_network())


def _table(build: Any, *fields: tuple[int, str, int]) -> int:
    build.StartObject(8)
    for slot, kind, value in fields:
        if kind == "offset":
            build.PrependUOffsetTRelativeSlot(slot, value, 0)
        else:
            getattr(build, f"Prepend{kind}Slot")(slot, value, 0)
    return int(build.EndObject())


def _vector(build: Any, values: Sequence[int]) -> int:
    return int(build.CreateNumpyVector(np.array(values, np.int32)))


def _offsets(build: Any, values: Sequence[int]) -> int:
    build.StartVector(4, len(values), 4)
    for value in reversed(values):
        build.PrependUOffsetTRelative(value)
    return int(build.EndVector())
