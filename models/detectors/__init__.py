"""Face detectors: a picture in, boxes, scores and eyes out."""

import importlib
import importlib.util
from pathlib import Path

import numpy as np

from models.detectors.base import Detections, FaceDetector, Framing
from models.fetch import detector_path

__all__ = ["BLAZEFACE", "DETECTORS", "Detections", "FaceDetector", "Framing", "check_detector", "create_detector"]

BLAZEFACE = {
    "mediapipe": "models.detectors.blazeface:BlazeFace",
    "openvino": "models.detectors.blazeface_openvino:BlazeFaceOpenVino",
}
"""What runs the BlazeFace networks, with the same answers; `auto` takes the faster one that is installed."""
DETECTORS = {
    "blazeface": BLAZEFACE["mediapipe"],
    "haar": "models.detectors.haar:Haar",
    "yunet": "models.detectors.yunet:YuNet",
}


def check_detector(
    detector: str, model: str = "full_range", model_path: str = "", engine: str = "auto"
) -> tuple[str, Path | None]:
    """Return the class that a detector is, as `"module:Class"`, and the file it loads, None where it brings its own.

    Args:
        detector: A key of `DETECTORS`.
        model: Which BlazeFace network, see `models.fetch.FILES`.
        model_path: Another file in its place; YuNet needs one.
        engine: A key of `BLAZEFACE`, or `auto`: OpenVINO for the networks it is known to run like MediaPipe, where it
            is installed; MediaPipe else.

    Raises:
        ValueError: There is no such detector, network or engine.
        FileNotFoundError: The file is not there.
        ModuleNotFoundError: The engine asked for is not installed.
    """
    if detector not in DETECTORS:
        raise ValueError(f"expected one of {', '.join(DETECTORS)}, found {detector!r}")
    if detector == "haar":
        return DETECTORS[detector], None
    use = BLAZEFACE[_engine(engine, model_path)] if detector == "blazeface" else DETECTORS[detector]
    if detector == "blazeface" and not model_path:
        return use, detector_path(model)
    if not Path(model_path).is_file():
        raise FileNotFoundError(f"expected the network of {detector} at model_path, found {model_path!r}")
    return use, Path(model_path)


def _engine(engine: str, model_path: str) -> str:
    if engine == "auto":
        return "openvino" if not model_path and importlib.util.find_spec("openvino") else "mediapipe"
    if engine not in BLAZEFACE:
        raise ValueError(f"expected an engine of auto, {', '.join(BLAZEFACE)}, found {engine!r}")
    if not importlib.util.find_spec(engine):
        raise ModuleNotFoundError(f"expected {engine} for the detector's engine, found that it is not installed")
    return engine


def create_detector(
    detector: str, model: str = "full_range", model_path: str = "", engine: str = "auto", *, min_score: float
) -> FaceDetector:
    """Load a detector; arguments and errors as of `check_detector`, faces below `min_score` are not returned."""
    use, path = check_detector(detector, model, model_path, engine)
    module, _, name = use.partition(":")
    kind = getattr(importlib.import_module(module), name)
    created: FaceDetector = kind(min_score) if path is None else kind(path, min_score)
    # the first detection takes four times as long as the next ones: no camera waits for it
    created.detect(np.full((180 * 3 // 2, 320), 128, np.uint8))
    return created
