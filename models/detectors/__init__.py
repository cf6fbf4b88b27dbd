"""Face detectors: a picture in, boxes, scores and eyes out."""

import importlib
from pathlib import Path

from models.detectors.base import Detections, FaceDetector, Framing
from models.fetch import detector_path

__all__ = ["DETECTORS", "Detections", "FaceDetector", "Framing", "check_detector", "create_detector"]

DETECTORS = {
    "blazeface": "models.detectors.blazeface:BlazeFace",
    "haar": "models.detectors.haar:Haar",
    "yunet": "models.detectors.yunet:YuNet",
}


def check_detector(detector: str, model: str = "full_range", model_path: str = "") -> Path | None:
    """Return the file a detector loads, None for one that brings its own.

    Args:
        detector: A key of `DETECTORS`.
        model: Which BlazeFace network, see `models.fetch.FILES`.
        model_path: Another file in its place; YuNet needs one.

    Raises:
        ValueError: There is no such detector or network.
        FileNotFoundError: The file is not there.
    """
    if detector not in DETECTORS:
        raise ValueError(f"expected one of {', '.join(DETECTORS)}, found {detector!r}")
    if detector == "haar":
        return None
    if detector == "blazeface" and not model_path:
        return detector_path(model)
    if not Path(model_path).is_file():
        raise FileNotFoundError(f"expected the network of {detector} at model_path, found {model_path!r}")
    return Path(model_path)


def create_detector(
    detector: str, *, min_score: float, model: str = "full_range", model_path: str = ""
) -> FaceDetector:
    """Load a detector; arguments and errors as of `check_detector`, faces below `min_score` are not returned."""
    path = check_detector(detector, model, model_path)
    module, _, name = DETECTORS[detector].partition(":")
    kind = getattr(importlib.import_module(module), name)
    created: FaceDetector = kind(min_score) if path is None else kind(path, min_score)
    return created
