"""BlazeFace through OpenVINO: the same networks and the same answers as MediaPipe's, sooner, and light to import.

What MediaPipe does around the networks is described in its graphs (github.com/google-ai-edge/mediapipe, folder
`mediapipe/modules/face_detection`): `face_detection_short_range.pbtxt` and `face_detection_full_range.pbtxt` give the
anchors, `face_detection.pbtxt` the input's range, the decoding and the suppression, and
`calculators/tensor/image_to_tensor_converter_opencv.cc` how a picture is scaled to the input.
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
"""A second thread takes a quarter off the time of one picture and costs a third more of the processor; idle cores are
better used by more workers."""


class _Layout(NamedTuple):
    """How the answers of a network are laid out over its input."""

    anchors: int
    layers: tuple[tuple[int, int], ...]


LAYOUTS = {
    # four layers with strides 8, 16, 16, 16; each has two anchors at a position, and layers of one stride lie together
    128: _Layout(896, ((8, 2), (16, 6))),
    # one layer with stride 4; without an interpolated scale there is one anchor at a position
    192: _Layout(2304, ((4, 1),)),
}
"""By the side of the network's input, pixels: short range, full range."""


class BlazeFaceOpenVino(FaceDetector):
    """Runs one of the BlazeFace networks on the CPU with OpenVINO.

    Args:
        path: The `.tflite` file, see `models.fetch`.
        min_score: Faces below this score are not returned.
        cache: Folder for the compiled network, with which the next start takes 0.1 s in the place of 0.5 s; None for
            the user's, see `models.cache.cache_dir`.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no BlazeFace network.
    """

    framing = BlazeFace.framing

    def __init__(self, path: Path, min_score: float, cache: Path | None = None) -> None:
        if not path.is_file():
            raise FileNotFoundError(f"expected a face-detection network, found nothing: {path}")
        options = {
            # bf16 saves a third of the time and moves boxes: one in 80 by more than a twentieth
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": THREADS,
            "PERFORMANCE_HINT": "LATENCY",
            # else every process's thread is tied to the same core, whatever else runs there
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
        """Find the faces in a picture in I420, `uint8[height * 3 // 2, width]`."""
        # in place: arrays that are handed over cost three times as much as the call itself
        self._write_input(picture, self._request.get_input_tensor().data[0])
        self._request.infer()
        values, logits = (self._request.get_output_tensor(i).data[0] for i in range(2))
        rows, scores = merge(*decode(values, logits[:, 0], self._centres, self._size, self._min_score))
        height, width = picture.shape[0] * 2 // 3, picture.shape[1]
        side = max(height, width)
        # the picture lies in the middle of the square
        points = rows.reshape(len(rows), rows.shape[1] // 2, 2) * side - ((side - width) / 2, (side - height) / 2)
        boxes = np.concatenate([points[:, 0], points[:, 1] - points[:, 0]], axis=1)
        # after both corners of the box the eyes, that on the left of the picture first
        return Detections.of(boxes, scores, points[:, 2:4])

    def _write_input(self, picture: NDArray[np.uint8], out: Floats) -> None:
        """Write the picture as the network takes it, `float32[size, size, 3]`, -1 to 1, black around it.

        Scaled as MediaPipe does it: four neighbours of the picture at 640 pixels make a pixel, whatever lies between;
        only where a picture is smaller than the network's size, half a row at its edge differs. A smoother way,
        straight to the network's size, finds other boxes (intersection over union 0.94 on average).
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
