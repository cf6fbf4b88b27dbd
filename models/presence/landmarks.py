"""Landmarks of a face through OpenVINO: is it a face at all, and where are its 468 points.

The network is MediaPipe's face mesh (Kartynnik et al. 2019, arXiv 1907.06724). Its graphs describe the crop
(github.com/google-ai-edge/mediapipe, folder `mediapipe/modules/face_landmark`): `face_detection_front_detection_to_roi`
takes a square of 1.5 times the detector's box, turned by the line through the eyes, and `face_landmark_cpu` scales it
to 192 pixels from 0 to 1.

MediaPipe's face landmarker, a `.task` file with a network of 478 landmarks in 256 pixels, can be used instead: its
eyelids follow the eyes, which those of the smaller network hardly do, and a second network in the file has blendshapes.
"""

import math
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from models.cache import cache_dir
from models.detectors.base import Floats, Framing
from models.detectors.blazeface import BlazeFace
from models.levels import limited
from models.presence import task_file
from models.presence.blendshapes import BlendshapeNetwork
from models.runtimes import compile_small, openvino_core

SIZE = 192
"""Side of the input of the network that set-up fetches, pixels."""
MARGIN = 1.5
"""Side of the square around a face, as a multiple of BlazeFace's box."""
POINTS, WITH_IRISES = 468, 478

Picture = NDArray[np.uint8]


class Square(NamedTuple):
    """A turned square in a frame.

    Attributes:
        x: Centre, pixels from the left.
        y: Centre, pixels from the top.
        side: Pixels.
        roll: Degrees clockwise.
    """

    x: float
    y: float
    side: float
    roll: float

    @classmethod
    def around(cls, box: Floats, roll: float, framing: Framing) -> "Square":
        """Return the square that the network expects around a face.

        Args:
            box: `float32[4]`: x, y, width, height, pixels.
            roll: Tilt of the head, degrees clockwise.
            framing: How the detector's boxes map to squares; boxes of other detectors are converted to BlazeFace's.
        """
        x, y, width, height = (float(value) for value in box)
        same = BlazeFace.framing
        scale = framing.scale / same.scale
        down = same.up * scale - framing.up
        return cls(x + width / 2, y + height / 2 + down * height, MARGIN * scale * max(width, height), roll)

    def to_frame(self, size: int = SIZE) -> NDArray[np.float64]:
        """Return the matrix from the network's input to the frame, `float64[2, 3]`, for continuous coordinates.

        Args:
            size: Side of the input, pixels.
        """
        scale = self.side / size
        cos, sin = scale * math.cos(math.radians(self.roll)), scale * math.sin(math.radians(self.roll))
        half = size / 2
        return np.array(
            [[cos, -sin, self.x - (cos - sin) * half], [sin, cos, self.y - (sin + cos) * half]],
        )


class Landmarks(NamedTuple):
    """What the network answers about one square.

    Attributes:
        presence: Probability that it shows a face, 0 to 1.
        points: `float32[468, 3]`: x and y in pixels of the frame; z on the same scale, growing away from the camera.
        blendshapes: Scores, see `models.presence.blendshapes`; None without their network.
    """

    presence: float
    points: Floats
    blendshapes: tuple[float, ...] | None = None


class LandmarkNetwork:
    """Runs the landmark network on the CPU with OpenVINO.

    Args:
        path: The `.tflite` file, see `models.fetch`, or a `.task` file.
        cache: Folder for the compiled network; None for `models.cache.cache_dir`.

    Attributes:
        lids: Whether its eyelids follow the eyes, so that blinks can be seen.
        blendshapes: Whether it also answers with blendshapes.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is not the landmark network.
    """

    def __init__(self, path: Path, cache: Path | None = None) -> None:
        if not path.is_file():
            raise FileNotFoundError(f"expected the landmark network {path}, found nothing: run `make setup`")
        self._blendshapes: BlendshapeNetwork | None = None
        try:
            files = {task_file.LANDMARKS: path}
            if task_file.is_task(path):
                files = task_file.unpacked(path, cache or cache_dir())
            file = files[task_file.LANDMARKS]
            network = compile_small(file, cache)
            size = _side(network)
            if network.input().get_partial_shape().is_dynamic:  # takes any number of faces
                model = openvino_core().read_model(file)
                model.reshape([1, size, size, 3])
                network = compile_small(model, cache)
            if task_file.BLENDSHAPES in files:
                self._blendshapes = BlendshapeNetwork(files[task_file.BLENDSHAPES], cache)
        except (RuntimeError, ValueError, OSError) as error:
            why = (str(error).splitlines() or [""])[-1]
            raise ValueError(f"expected the landmark network, found {path}: {why}") from error
        shapes = [[int(n) for n in port.get_partial_shape().to_shape()] for port in network.outputs[:2]]
        counts = [3 * POINTS] if self._blendshapes is None else []
        if len(shapes) != 2 or shapes[0][:3] + shapes[1] != [1] * 7 or shapes[0][3] not in (*counts, 3 * WITH_IRISES):
            raise ValueError(f"expected a network of {POINTS} landmarks, found one with tensors {shapes}, in {path}")
        self._size: int = size
        self.lids = shapes[0][3] > 3 * POINTS
        self.blendshapes = self._blendshapes is not None
        self._request = network.create_infer_request()
        self._planes = np.empty((size * 3 // 2, size), np.uint8)
        # the first inference takes longest
        self._request.infer()

    def find(self, picture: Picture, square: Square, full_range: bool = False) -> Landmarks:
        """Return the landmarks in a square of an I420 frame, `uint8[height * 3 // 2, width]`.

        Args:
            picture: The frame.
            square: The square.
            full_range: Whether the frame's luma ranges from 0 to 255.
        """
        to_frame = square.to_frame(self._size)
        rgb = self.cut(picture, to_frame, full_range)
        np.multiply(rgb, np.float32(1 / 255), out=self._request.get_input_tensor().data[0])
        self._request.infer()
        values, logit = (self._request.get_output_tensor(i).data.ravel() for i in range(2))
        points = values.reshape(-1, 3)
        placed = np.empty_like(points)
        placed[:, :2] = points[:, :2] @ to_frame[:, :2].T + to_frame[:, 2]
        placed[:, 2] = points[:, 2] * (square.side / self._size)
        scores = self._blendshapes.scores(placed) if self._blendshapes else None
        return Landmarks(1 / (1 + math.exp(-float(logit[0]))), placed[:POINTS], scores)

    def cut(self, picture: Picture, to_frame: NDArray[np.float64], full_range: bool = False) -> Picture:
        """Return the square as RGB, `uint8[size, size, 3]`; the planes are scaled first, then converted."""
        size = self._size
        height, width = picture.shape[0] * 2 // 3, picture.shape[1]
        _warp(picture[:height], to_frame, self._planes[:size])
        # the same square in planes of half the size
        half = to_frame * (1, 1, 0.5)
        chroma = picture[height:].reshape(2, height // 2, width // 2)
        for plane, out in zip(chroma, self._planes[size:].reshape(2, size // 2, size // 2), strict=True):
            _warp(plane, half, out)
        return np.asarray(cv2.cvtColor(limited(self._planes, full_range), cv2.COLOR_YUV2RGB_I420), np.uint8)


def _side(model: Any) -> int:
    """Return the side of a network's input, pixels.

    Raises:
        ValueError: It does not take one square RGB image of 32 to 1024 pixels, an even number.
    """
    shape = [port.get_partial_shape() for port in model.inputs]
    if len(shape) == 1 and len(shape[0]) == 4 and all(shape[0][i].is_static for i in (1, 2, 3)):
        height, width, channels = (shape[0][i].get_length() for i in (1, 2, 3))
        if height == width and channels == 3 and 32 <= height <= 1024 and height % 2 == 0:
            return int(height)
    found = ", ".join(one.to_string() for one in shape)
    raise ValueError(f"expected a network that takes a square image, found one with inputs {found}")


def _warp(plane: Picture, matrix: NDArray[np.float64], out: Picture) -> None:
    # OpenCV's coordinates are those of pixels' centres
    shift = matrix @ (0.5, 0.5, 1) - 0.5
    centres = np.column_stack([matrix[:, :2], shift])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cv2.warpAffine(plane, centres, out.shape[::-1], out, flags, cv2.BORDER_REPLICATE)
