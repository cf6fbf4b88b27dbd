"""BlazeFace through OpenVINO: same networks and results as MediaPipe, but faster, and quicker to import.

MediaPipe describes its pre- and postprocessing in its graphs (github.com/google-ai-edge/mediapipe, folder
`mediapipe/modules/face_detection`): `face_detection_short_range.pbtxt` and `face_detection_full_range.pbtxt` give the
anchors, `face_detection.pbtxt` the input's range, the decoding and the suppression, and
`calculators/tensor/image_to_tensor_converter_opencv.cc` the scaling of the image to the input.
"""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from models.cache import cache_dir
from models.detectors.base import Detections, FaceDetector, Floats
from models.detectors.blazeface import LONGEST, BlazeFace
from models.detectors.picture import small_rgb
from models.detectors.ssd import anchors, decode, merge
from models.runtimes import openvino_core

THREADS = 1
"""Inference threads. A second thread makes detection 25 % faster but costs a third more CPU time; more workers make
better use of idle cores."""


class _Layout(NamedTuple):
    """The anchors of a network."""

    anchors: int
    layers: tuple[tuple[int, int], ...]


LAYOUTS = {
    # four layers with strides 8, 16, 16, 16 and two anchors per position; layers of the same stride are interleaved
    128: _Layout(896, ((8, 2), (16, 6))),
    # one layer with stride 4; without an interpolated scale there is one anchor per position
    192: _Layout(2304, ((4, 1),)),
}
"""Anchor layouts by side of the network's input in pixels: short range, full range."""


class BlazeFaceOpenVino(FaceDetector):
    """Runs one of the BlazeFace networks on the CPU with OpenVINO.

    Args:
        path: The `.tflite` file, see `models.fetch`.
        min_score: Faces below this score are not returned.
        cache: Folder for the compiled network, which shortens the next start from 0.5 s to 0.1 s; None for
            `models.cache.cache_dir`.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is not a BlazeFace network.
    """

    framing = BlazeFace.framing

    def __init__(self, path: Path, min_score: float, cache: Path | None = None) -> None:
        if not path.is_file():
            raise FileNotFoundError(f"expected a face-detection network, found nothing: {path}")
        options = {
            # bf16 is a third faster but moves boxes: one in 80 by more than 5 % of its side
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": THREADS,
            "PERFORMANCE_HINT": "LATENCY",
            # with pinning, the threads of all processes are tied to the same core, however busy it is
            "ENABLE_CPU_PINNING": False,
            "CACHE_DIR": str((cache or cache_dir()) / "openvino"),
        }
        try:
            network = openvino_core().compile_model(path, "CPU", options)
        except RuntimeError as error:
            raise ValueError(f"expected a BlazeFace network, found {path}: {str(error).splitlines()[-1]}") from error
        shapes = [[int(n) for n in port.get_partial_shape().to_shape()] for port in (network.input(), *network.outputs)]
        self._size = shapes[0][1]
        layout = LAYOUTS.get(self._size)
        if layout is None or shapes[1:] != [[1, layout.anchors, 16], [1, layout.anchors, 1]]:
            raise ValueError(f"expected a BlazeFace network of {' or '.join(map(str, LAYOUTS))} pixels, found {path}")
        self._centres = anchors(self._size, layout.layers)
        self._min_score = min_score
        self._request = network.create_infer_request()

    def detect(self, picture: NDArray[np.uint8]) -> Detections:
        """Detect the faces in an I420 frame, `uint8[height * 3 // 2, width]`."""
        # in place: passing arrays costs three times as much as the call itself
        self._write_input(picture, self._request.get_input_tensor().data[0])
        self._request.infer()
        values, logits = (self._request.get_output_tensor(i).data[0] for i in range(2))
        rows, scores = merge(*decode(values, logits[:, 0], self._centres, self._size, self._min_score))
        height, width = picture.shape[0] * 2 // 3, picture.shape[1]
        side = max(height, width)
        # the frame is centred in the square
        points = rows.reshape(len(rows), rows.shape[1] // 2, 2) * side - ((side - width) / 2, (side - height) / 2)
        boxes = np.concatenate([points[:, 0], points[:, 1] - points[:, 0]], axis=1)
        # the eyes follow the box's two corners, the one on the left of the frame first
        return Detections.of(boxes, scores, points[:, 2:4])

    def _write_input(self, picture: NDArray[np.uint8], out: Floats) -> None:
        """Write the frame as the network's input, `float32[size, size, 3]`, -1 to 1, padded with black.

        Scaled like MediaPipe does: bilinear from the image at 640 pixels, which skips the pixels between the four
        neighbours. Only frames smaller than the network's input differ, by half a row at the edge. Smoother scaling
        straight to the input's size yields different boxes (mean intersection over union 0.94).
        """
        rgb, _ = small_rgb(picture, LONGEST)
        height, width = rgb.shape[:2]
        factor = self._size / max(height, width)
        left, top = (self._size - width * factor) / 2, (self._size - height * factor) / 2
        x, y = int(left), int(top)
        move = np.array([[factor, 0, left - x], [0, factor, top - y]])
        shown = cv2.warpAffine(rgb, move, (self._size - 2 * x, self._size - 2 * y), flags=cv2.INTER_LINEAR)
        inside = out[y : self._size - y, x : self._size - x]
        out.fill(-1)
        np.multiply(shown, np.float32(2 / 255), out=inside)
        np.subtract(inside, np.float32(1), out=inside)
