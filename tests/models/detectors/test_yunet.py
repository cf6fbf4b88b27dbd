"""YuNet through OpenVINO, with a network made here that has its inputs and outputs."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detectors import YUNET, check_detector, create_detector
from models.detectors.yunet_openvino import COLUMNS, STRIDES, YuNetOpenVino
from models.runtimes import openvino_core

CELL = 8
SIDE = 40.0
"""Side of the faces that the network finds, pixels of its input."""
LEFT_EYE, RIGHT_EYE = (-1.0, -0.5), (1.5, -0.5)
"""Where it finds their eyes, in cells from the upper left corner of the cell."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file: a face of `SIDE` pixels stands wherever a cell of 8 pixels is white."""
    openvino = pytest.importorskip("openvino")
    from openvino import opset13 as op

    picture = op.parameter([1, 3, 640, 640], np.float32, "input")
    gray = op.multiply(op.reduce_mean(picture, np.array([1]), True), np.float32(1 / 255))
    results = []
    values = {
        "bbox": [0.5, 0.5, np.log(SIDE / CELL), np.log(SIDE / CELL)],
        "kps": [*LEFT_EYE, *RIGHT_EYE, *[0.0] * 6],
    }
    for stride in STRIDES:
        cells = op.avg_pool(gray, [stride] * 2, [0, 0], [0, 0], [stride] * 2, False)
        for kind, columns in COLUMNS.items():
            white = op.floor(cells) if stride == CELL else op.multiply(cells, np.float32(0))
            if columns > 1:
                given = np.array(values[kind], np.float32).reshape(1, columns, 1, 1)
                white = op.add(op.multiply(cells, np.float32(0)), op.constant(given))
            rows = op.transpose(white, np.array([0, 2, 3, 1]))
            result = op.result(op.reshape(rows, np.array([1, -1, columns]), False))
            result.output(0).set_names({f"{kind}_{stride}"})
            results.append(result)
    path = tmp_path_factory.mktemp("yunet") / "yunet.xml"
    openvino.save_model(openvino.Model(results, [picture], "yunet"), path, compress_to_fp16=False)
    return path


def frame(width: int, height: int, *white: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Return a black I420 frame with white rectangles: x, y, width, height."""
    pixels = np.full((height * 3 // 2, width), 128, np.uint8)
    pixels[:height] = 16
    for x, y, w, h in white:
        pixels[y : y + h, x : x + w] = 235
    return pixels


@pytest.mark.parametrize(
    ("shape", "border", "size"),
    [
        ((640, 384), 0, (640, 384)),
        ((320, 192), 0, (640, 384)),
        ((336, 208), 8, (640, 384)),
        ((400, 208), 8, (768, 384)),
    ],
)
def test_a_face_is_where_the_network_says(
    network: Path, shape: tuple[int, int], border: int, size: tuple[int, int]
) -> None:
    """In pixels of the frame, whatever the input's shape, its padding to multiples of 32 and its border."""
    detector = YuNetOpenVino(network, 0.5).shaped(*shape, border)
    scale = size[0] / (shape[0] - 2 * border)
    x, y = 160, 96
    found = detector.detect(frame(*size, (x, y, round(CELL * scale), round(CELL * scale))))
    middle = np.array([x, y]) + CELL / 2 * scale
    eyes = np.array([x, y]) + np.array([LEFT_EYE, RIGHT_EYE]) * CELL * scale

    assert len(found) == 1
    np.testing.assert_allclose(found.boxes[0], [*(middle - SIDE / 2 * scale), SIDE * scale, SIDE * scale], atol=0.01)
    np.testing.assert_allclose(found.eyes[0], eyes, atol=0.01)
    assert found.scores[0] == pytest.approx(1.0, abs=0.01)


def test_overlapping_predictions_are_one_face(network: Path) -> None:
    """Two neighbouring cells see the same face; two far ones are two people."""
    detector = YuNetOpenVino(network, 0.5).shaped(640, 384)

    assert len(detector.detect(frame(640, 384, (160, 96, 16, 8)))) == 1
    assert len(detector.detect(frame(640, 384, (160, 96, 8, 8), (320, 96, 8, 8)))) == 2
    assert len(detector.detect(frame(640, 384))) == 0


def test_openvino_is_the_default_and_opencv_can_be_chosen(network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without OpenVINO, OpenCV runs it; MediaPipe cannot."""
    assert check_detector("yunet", model_path=str(network))[0] == YUNET["openvino"]
    assert check_detector("yunet", model_path=str(network), engine="opencv")[0] == YUNET["opencv"]
    with pytest.raises(ValueError, match="expected an engine of auto, opencv, openvino, found 'mediapipe'"):
        check_detector("yunet", model_path=str(network), engine="mediapipe")
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "openvino" else find(name))
    assert check_detector("yunet", model_path=str(network))[0] == YUNET["opencv"]


def test_another_network_is_refused(network: Path, tmp_path: Path) -> None:
    """One line names the file."""
    other: Any = openvino_core().read_model(network)
    other.outputs[0].set_names({"boxes"})
    path = tmp_path / "other.xml"
    pytest.importorskip("openvino").save_model(other, path)
    with pytest.raises(ValueError, match=f"expected a YuNet network, found {path}: no output cls_8"):
        create_detector("yunet", model_path=str(path), min_score=0.5)
