"""Landmarks of a face through OpenVINO: is it a face at all, and where are its 468 points.

The network is MediaPipe's face mesh (Kartynnik et al. 2019, arXiv 1907.06724). Its graphs describe the crop
(github.com/google-ai-edge/mediapipe, folder `mediapipe/modules/face_landmark`): `face_detection_front_detection_to_roi`
takes a square of 1.5 times the detector's box, turned by the line through the eyes, and `face_landmark_cpu` scales it
to 192 pixels from 0 to 1.

MediaPipe's face landmarker, a `.task` file with a network of 478 landmarks in 256 pixels, can be used instead: its
eyelids follow the eyes, which those of the smaller network hardly do. Its last ten points, the irises, are dropped.
"""

import math
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from models.cache import cache_dir
from models.detectors.base import Floats, Framing
from models.detectors.blazeface import BlazeFace
from models.runtimes import compile_small, openvino_core

SIZE = 192
"""Side of the input of the network that set-up fetches, pixels."""
MARGIN = 1.5
"""Side of the square around a face, as a multiple of BlazeFace's box."""
POINTS = 468
INSIDE = "face_landmarks_detector.tflite"
"""The network in a `.task` file."""

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
    """

    presence: float
    points: Floats


class LandmarkNetwork:
    """Runs the landmark network on the CPU with OpenVINO.

    Args:
        path: The `.tflite` file, see `models.fetch`, or a `.task` file.
        cache: Folder for the compiled network; None for `models.cache.cache_dir`.

    Attributes:
        lids: Whether its eyelids follow the eyes, so that blinks can be seen.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is not the landmark network.
    """

    def __init__(self, path: Path, cache: Path | None = None) -> None:
        if not path.is_file():
            raise FileNotFoundError(f"expected the landmark network {path}, found nothing: run `make setup`")
        try:
            file = _unpacked(path, cache or cache_dir())
            network = compile_small(file, cache)
            size = network.input().get_partial_shape()[1].get_length()
            if network.input().get_partial_shape().is_dynamic:  # takes any number of faces
                model = openvino_core().read_model(file)
                model.reshape([1, size, size, 3])
                network = compile_small(model, cache)
        except (RuntimeError, zipfile.BadZipFile, KeyError, IndexError) as error:
            why = (str(error).splitlines() or [""])[-1]
            raise ValueError(f"expected the landmark network, found {path}: {why}") from error
        shapes = [[int(n) for n in port.get_partial_shape().to_shape()] for port in network.outputs[:2]]
        if len(shapes) != 2 or shapes[0][:3] + shapes[1] != [1] * 7 or shapes[0][3] not in (3 * 468, 3 * 478):
            raise ValueError(f"expected a network of {POINTS} landmarks, found one with tensors {shapes}, in {path}")
        self._size: int = size
        self.lids = shapes[0][3] > 3 * POINTS
        self._request = network.create_infer_request()
        self._planes = np.empty((size * 3 // 2, size), np.uint8)
        # the first inference takes longest
        self._request.infer()

    def find(self, picture: Picture, square: Square) -> Landmarks:
        """Return the landmarks in a square of an I420 frame, `uint8[height * 3 // 2, width]` in limited range."""
        to_frame = square.to_frame(self._size)
        np.multiply(self.cut(picture, to_frame), np.float32(1 / 255), out=self._request.get_input_tensor().data[0])
        self._request.infer()
        values, logit = (self._request.get_output_tensor(i).data.ravel() for i in range(2))
        points = values.reshape(-1, 3)[:POINTS]
        placed = np.empty_like(points)
        placed[:, :2] = points[:, :2] @ to_frame[:, :2].T + to_frame[:, 2]
        placed[:, 2] = points[:, 2] * (square.side / self._size)
        return Landmarks(1 / (1 + math.exp(-float(logit[0]))), placed)

    def cut(self, picture: Picture, to_frame: NDArray[np.float64]) -> Picture:
        """Return the square as RGB, `uint8[size, size, 3]`; the planes are scaled first, then converted."""
        size = self._size
        height, width = picture.shape[0] * 2 // 3, picture.shape[1]
        _warp(picture[:height], to_frame, self._planes[:size])
        # the same square in planes of half the size
        half = to_frame * (1, 1, 0.5)
        chroma = picture[height:].reshape(2, height // 2, width // 2)
        for plane, out in zip(chroma, self._planes[size:].reshape(2, size // 2, size // 2), strict=True):
            _warp(plane, half, out)
        return np.asarray(cv2.cvtColor(self._planes, cv2.COLOR_YUV2RGB_I420), np.uint8)


def _unpacked(path: Path, cache: Path) -> Path:
    """Return the file of the network, unpacked into the cache if it is in a `.task` file."""
    if path.suffix != ".task":
        return path
    with zipfile.ZipFile(path) as archive:
        content = archive.read(INSIDE)
    target = cache / f"{sha256(content).hexdigest()[:16]}-{INSIDE}"
    if not target.is_file():
        partial = target.with_suffix(".partial")
        partial.write_bytes(content)
        partial.rename(target)
    return target


def _warp(plane: Picture, matrix: NDArray[np.float64], out: Picture) -> None:
    # OpenCV's coordinates are those of pixels' centres
    shift = matrix @ (0.5, 0.5, 1) - 0.5
    centres = np.column_stack([matrix[:, :2], shift])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cv2.warpAffine(plane, centres, out.shape[::-1], out, flags, cv2.BORDER_REPLICATE)
