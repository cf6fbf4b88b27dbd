"""BlazeFace through OpenVINO: MediaPipe's networks, but faster, and quicker to import.

MediaPipe describes its pre- and postprocessing in its graphs (github.com/google-ai-edge/mediapipe, folder
`mediapipe/modules/face_detection`): `face_detection_short_range.pbtxt` and `face_detection_full_range.pbtxt` give the
anchors, `face_detection.pbtxt` the input's range, the decoding and the suppression, and
`calculators/tensor/image_to_tensor_converter_opencv.cc` the scaling of the image to the input.
"""

import copy
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.detectors.base import NOBODY, Detections, FaceDetector, Floats
from models.detectors.blazeface import FRAMING
from models.detectors.picture import fitted_rgb
from models.detectors.reshape import reshaped
from models.detectors.ssd import anchors, decode, merge
from models.devices import Device, DeviceError, Placement, Precision
from models.runtimes import openvino_core, small_options
from models.sight import REACHES

LAYERS = {
    # four layers with strides 8, 16, 16, 16 and two anchors per position; layers of the same stride are interleaved
    128: ((8, 2), (16, 6)),
    # one layer with stride 4; without an interpolated scale there is one anchor per position
    192: ((4, 1),),
}
"""Stride in pixels and anchors per position of each layer, by side of the file's input in pixels: short range, full
range."""


class BlazeFaceOpenVino(FaceDetector):
    """Runs one of the BlazeFace networks with OpenVINO.

    Args:
        path: The `.tflite` file, see `models.fetch`.
        min_score: Faces below this score are not returned.
        cache: Folder for the compiled network, which shortens the next start from 0.5 s to 0.1 s; None for
            `models.cache.cache_dir`.
        device: The device; `auto`: a GPU or NPU that can run the network, else the CPU.
        precision: Arithmetic of the network, see `models.devices.arithmetic`.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is not a BlazeFace network, or the device cannot run it (`DeviceError`).
    """

    framing = FRAMING["full_range"]
    shapeable = True

    def __init__(
        self,
        path: Path,
        min_score: float,
        cache: Path | None = None,
        device: Device = "CPU",
        precision: Precision = "auto",
    ) -> None:
        if not path.is_file():
            raise FileNotFoundError(f"expected a face-detection network, found nothing: {path}")
        self._placement = Placement(f"the network {path.stem}", device, precision)
        self._path, self._min_score, self._cache = path, min_score, cache
        self._source: Any = path
        try:
            ports = (*self._request.model_inputs, *self._request.model_outputs)
            sizes = [list(port.get_partial_shape().to_shape()) for port in ports]
            side = int(sizes[0][1])
            if side not in LAYERS or sizes[1:] != [[1, _count(side, side), n] for n in (16, 1)]:
                raise ValueError(
                    f"expected a BlazeFace network of {' or '.join(map(str, LAYERS))} pixels, found {path}"
                )
        except DeviceError:
            _check_file(path)
            raise
        except (RuntimeError, IndexError) as error:
            raise ValueError(f"expected a BlazeFace network, found {path}: {str(error).splitlines()[-1]}") from error
        name = "full_range" if side == 192 else "short_range"
        self.framing, self.sight = FRAMING[name], REACHES[name]
        self._layers = LAYERS[side]
        self._set_input(side, side)

    def _set_input(self, width: int, height: int, border: int = 0) -> None:
        self._shape, self._border = (width, height), border
        self._centres = anchors(width, height, self._layers)

    @cached_property
    def _request(self) -> Any:
        return self._placement.request(self._source, partial(small_options, cache=self._cache))

    @property
    def device(self) -> str:  # type: ignore[override]
        """Return the device it runs on."""
        return self._placement.device

    def warm(self) -> None:
        """Compile the network and run it once, which takes 0.1 to 0.6 s."""
        _ = self._request

    def shaped(self, width: int, height: int, border: int = 0) -> FaceDetector:
        """Return this network with an input of another shape, in pixels, and a black border around the frame."""
        if (width, height, border) == (*self._shape, self._border):
            return self
        other = copy.copy(self)
        del other._request  # compiled when it is needed
        other._source = reshaped(self._path, width, height, self._cache)
        other._set_input(width, height, border)
        return other

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Detect the faces in an I420 frame, `uint8[height * 3 // 2, width]`."""
        # in place: passing arrays costs three times as much as the call itself
        left, top, factor = self._write_input(picture, self._request.get_input_tensor().data[0])
        self._request.infer()
        values, logits = (self._request.get_output_tensor(i).data[0] for i in range(2))
        rows, scores = merge(*decode(values, logits[:, 0], self._centres, self._min_score))
        if not len(rows):
            return NOBODY
        points = (rows.reshape(len(rows), rows.shape[1] // 2, 2) - (left, top)) * factor
        boxes = np.concatenate([points[:, 0], points[:, 1] - points[:, 0]], axis=1)
        # the eyes follow the box's two corners, the one on the left of the frame first
        return Detections.of(boxes, scores, points[:, 2:4])

    def _write_input(self, picture: NDArray[np.uint8], out: Floats) -> tuple[int, int, tuple[float, float]]:
        """Write the frame as the network's input, `float32[height, width, 3]`, -1 to 1, centred, padded with black.

        Returns:
            Where the frame begins in the input, in pixels, and the factors from there to the frame's own pixels.
        """
        width, height = self._shape
        rgb = fitted_rgb(picture, width - 2 * self._border, height - 2 * self._border)
        h, w = rgb.shape[:2]
        left, top = (width - w) // 2, (height - h) // 2
        inside = out[top : top + h, left : left + w]
        if (w, h) != self._shape:
            out.fill(-1)
        np.multiply(rgb, np.float32(2 / 255), out=inside)
        np.subtract(inside, np.float32(1), out=inside)
        return left, top, (picture.shape[1] / w, picture.shape[0] * 2 // 3 / h)


def _check_file(path: Path) -> None:
    try:
        openvino_core().read_model(path)
    except RuntimeError as error:
        raise ValueError(f"expected a BlazeFace network, found {path}: {str(error).splitlines()[-1]}") from error


def _count(width: int, height: int) -> int:
    """Return the number of anchors of the network with this input."""
    return len(anchors(width, height, LAYERS[width]))
