"""Blendshapes of a face: 52 scores, such as how far the jaw is open, which move drawn faces in animations.

The network is the last one of MediaPipe's face landmarker (github.com/google-ai-edge/mediapipe, folder
`mediapipe/tasks/cc/vision/face_landmarker`); `face_blendshapes_graph` there describes its input, `pipeline.messages`
names its outputs. Its answer does not depend on the size and place of the points.
"""

from pathlib import Path

import numpy as np

from models.detectors.base import Floats
from models.runtimes import compile_small, openvino_core

_CONTOURS = """
0-1 4-8 10 13-14 17 21 33 37 39-40 46 52-55 58 61 63 65-67 70 78 80-82 84 87-88 91 93 95 103 105 107 109 127 132-133 136
144-146 148-150 152-155 157-163 168 172-173 176 178 181 185 191 195 197 234 246 249 251 263 267 269-270 276 282-285 288
291 293 295-297 300 308 310-312 314 317-318 321 323-324 332 334 336 338 356 361-362 365 373-375 377-382 384-390 397-398
400 402 405 409 415 454 466 468-477
"""


def _numbers(ranges: str) -> list[int]:
    ends = [[int(end) for end in part.split("-")] for part in ranges.split()]
    return [number for one in ends for number in range(one[0], one[-1] + 1)]


INPUTS = _numbers(_CONTOURS)
"""The 146 landmarks of 478 that the network sees: contours of face, brows, eyes, lips and nose, and both irises."""
OUTPUTS = 52


class BlendshapeNetwork:
    """Runs the network on the CPU with OpenVINO.

    Args:
        path: Its `.tflite` file.
        cache: Folder for the compiled network; None for `models.cache.cache_dir`.

    Raises:
        RuntimeError: OpenVINO cannot read the file.
        ValueError: It is another network.
    """

    def __init__(self, path: Path, cache: Path | None = None) -> None:
        network = compile_small(openvino_core().read_model(path), cache)
        found = [port.get_partial_shape().to_string() for port in (*network.inputs, *network.outputs)]
        if found != [f"[1,{len(INPUTS)},2]", f"[{OUTPUTS}]"]:
            raise ValueError(
                f"expected a network of {OUTPUTS} blendshapes from {len(INPUTS)} landmarks, found one with "
                f"tensors {', '.join(found)}, in {path.name}"
            )
        self._request = network.create_infer_request()

    def scores(self, points: Floats) -> tuple[float, ...]:
        """Return the scores in the order of `pipeline.messages.BLENDSHAPES`, 0 to 1.

        Args:
            points: Landmarks, `float[478, 2]` or more columns: x and y on one scale.
        """
        self._request.get_input_tensor().data[0] = points[INPUTS, :2]
        self._request.infer()
        scores = np.clip(self._request.get_output_tensor().data.ravel(), 0.0, 1.0)
        return tuple(scores.tolist())
