"""YuNet through OpenVINO, at the frame's own proportions; the user provides the network's file.

Input, outputs and their decoding are those of the network of 2023 in OpenCV's model zoo, as OpenCV's `FaceDetectorYN`
reads it (github.com/opencv/opencv, `modules/objdetect/src/face_detect.cpp`): BGR from 0 to 255, one prediction for each
point of three grids, whose score is the geometric mean of a class and an objectness probability.
"""

from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detectors.base import Detections, FaceDetector, Floats
from models.detectors.picture import fitted_rgb
from models.detectors.yunet import LONGEST, YuNet
from models.devices import Device, Placement, Precision
from models.runtimes import openvino_core, small_options

STRIDES = (8, 16, 32)
"""Distances of the points of the three grids, pixels of the input."""
COLUMNS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
"""Values that each output has for a point; the outputs are named `cls_8`, `cls_16`, and so on."""
SAME_FACE = 0.3
"""Intersection over union above which boxes are one face, as in OpenCV's `FaceDetectorYN`."""
LARGEST_LOG = 8.0
"""Sides of boxes are predicted as logarithms of strides; larger ones would overflow. e^8 strides are 24,000 pixels."""


class YuNetOpenVino(FaceDetector):
    """Runs a YuNet network with OpenVINO.

    Args:
        path: The `.onnx` file (`face_detection_yunet_2023mar.onnx`).
        min_score: Faces below this score are not returned.
        shape: Columns and rows of the input, pixels; None for a square of `models.detectors.yunet.LONGEST`.
        border: Pixels of the input that stay black on each side.
        network: The network of the file if it was read before; it is reshaped in place.
        device: The device; `auto`: a GPU or NPU that can run the network, else the CPU.
        precision: Arithmetic of the network, see `models.devices.arithmetic`.
        placement: Where its other shapes run, and how, instead of `device` and `precision`.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is not a YuNet network.
    """

    framing = YuNet.framing
    sight = YuNet.sight
    shapeable = True

    def __init__(
        self,
        path: Path,
        min_score: float,
        shape: tuple[int, int] | None = None,
        border: int = 0,
        network: Any = None,
        device: Device = "CPU",
        precision: Precision = "auto",
        placement: Placement | None = None,
    ) -> None:
        if not path.is_file():
            raise FileNotFoundError(f"expected the path of a YuNet network, found {str(path)!r}")
        self._shape = shape or (LONGEST, LONGEST)
        # the network halves its input five times
        width, height = (-(-side // STRIDES[-1]) * STRIDES[-1] for side in self._shape)
        self._padded = width, height
        try:
            network = network or openvino_core().read_model(path)
            network.reshape({network.input(0): [1, 3, height, width]})
            self._outputs = [[_index(network, f"{kind}_{stride}") for kind in COLUMNS] for stride in STRIDES]
            self._points = [_points(width, height, stride) for stride in STRIDES]
            for indices, points in zip(self._outputs, self._points, strict=True):
                found = [list(network.outputs[index].get_partial_shape().to_shape()) for index in indices]
                if found != [[1, len(points), columns] for columns in COLUMNS.values()]:
                    raise ValueError(f"expected a YuNet network of 2023, found {path} with other outputs")
        except (RuntimeError, IndexError) as error:
            raise ValueError(f"expected a YuNet network, found {path}: {str(error).splitlines()[-1]}") from error
        self._path, self._min_score, self._border, self._network = path, min_score, border, network
        self._placement = placement or Placement(f"the network {path.stem}", device, precision)

    @cached_property
    def _request(self) -> Any:
        return self._placement.request(self._network, small_options)

    @property
    def device(self) -> str:  # type: ignore[override]
        """Return the device it runs on."""
        return self._placement.device

    def warm(self) -> None:
        """Compile the network and run it once."""
        _ = self._request

    def shaped(self, width: int, height: int, border: int = 0) -> FaceDetector:
        """Return this network with an input of another shape, in pixels, and a black border around the frame."""
        shape, network = (width, height), self._network.clone()
        return YuNetOpenVino(self._path, self._min_score, shape, border, network, placement=self._placement)

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Detect the faces in an I420 frame, `uint8[height * 3 // 2, width]`."""
        offset, factor = self._write_input(picture, self._request.get_input_tensor().data[0])
        self._request.infer()
        parts = []
        for stride, grid, indices in zip(STRIDES, self._points, self._outputs, strict=True):
            classes, objects, sides, points = (self._request.get_output_tensor(index).data[0] for index in indices)
            parts.append(_decode(classes, objects, sides, points, grid, stride, self._min_score))
        boxes, scores, eyes = (np.concatenate(column) for column in zip(*parts, strict=True))
        kept: Any = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), self._min_score, SAME_FACE)
        chosen = np.asarray(kept, np.int64).reshape(-1)
        boxes, eyes = boxes[chosen], eyes[chosen]
        boxes[:, :2] -= offset
        return Detections.of(boxes * np.tile(factor, 2), scores[chosen], (eyes - offset) * factor)

    def _write_input(self, picture: NDArray[np.uint8], out: Floats) -> tuple[Floats, Floats]:
        """Write the frame as the network's input, `float32[3, rows, columns]`, blue first, padded with black.

        Returns:
            Where the frame begins in the input, x and y in pixels, and the factors from there to the frame's pixels.
        """
        width, height = self._shape
        rgb = fitted_rgb(picture, width - 2 * self._border, height - 2 * self._border)
        h, w = rgb.shape[:2]
        left, top = (width - w) // 2, (height - h) // 2
        if (w, h) != self._padded:
            out.fill(0)
        out[:, top : top + h, left : left + w] = rgb[..., ::-1].transpose(2, 0, 1)
        factor = np.array([picture.shape[1] / w, picture.shape[0] * 2 // 3 / h], np.float32)
        return np.array([left, top], np.float32), factor


def _index(network: Any, name: str) -> int:
    """Return the number of an output.

    Raises:
        IndexError: There is no such output.
    """
    found = [index for index, port in enumerate(network.outputs) if name in port.get_names()]
    if not found:
        raise IndexError(f"no output {name}")
    return found[0]


def _points(width: int, height: int, stride: int) -> Floats:
    """Return the points of a grid, `float32[n, 2]`: column and row."""
    y, x = np.mgrid[: height // stride, : width // stride]
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


def _decode(
    classes: Floats, objects: Floats, boxes: Floats, points: Floats, grid: Floats, stride: int, min_score: float
) -> tuple[Floats, Floats, Floats]:
    """Return the predictions of a grid with at least a minimum score, in pixels of the input.

    Args:
        classes: Probability of a face, `float32[n, 1]`.
        objects: Probability of any object, `float32[n, 1]`.
        boxes: Centre relative to the point, then logarithms of width and height, `float32[n, 4]`, in strides.
        points: x and y of five points relative to the grid's, `float32[n, 10]`, in strides; the eyes come first.
        grid: The result of `_points`.
        stride: Distance of the grid's points, pixels.
        min_score: Lowest score to return, 0 to 1.

    Returns:
        Boxes `float32[m, 4]` (x, y, width, height), scores `float32[m]`, eyes `float32[m, 2, 2]`.
    """
    scores = np.sqrt(np.clip(classes[:, 0], 0, 1) * np.clip(objects[:, 0], 0, 1))
    chosen = np.flatnonzero(scores >= min_score)
    scores, boxes, points, grid = (values[chosen] for values in (scores, boxes, points, grid))
    sides = np.exp(np.minimum(boxes[:, 2:], LARGEST_LOG)) * stride
    corners = (grid + boxes[:, :2]) * stride - sides / 2
    eyes = (points[:, :4].reshape(-1, 2, 2) + grid[:, None]) * stride
    return np.concatenate([corners, sides], axis=1), scores, eyes
