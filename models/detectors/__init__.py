"""Face detectors: a frame in, boxes, scores and eye positions out."""

import importlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from models.detectors.base import Detections, FaceDetector, Framing
from models.devices import Device, DeviceError, Precision, check_device
from models.fetch import detector_path

__all__ = [
    "BLAZEFACE",
    "DETECTORS",
    "YUNET",
    "Detections",
    "FaceDetector",
    "Framing",
    "check_detector",
    "create_detector",
]

BLAZEFACE = {
    "mediapipe": "models.detectors.blazeface:BlazeFace",
    "openvino": "models.detectors.blazeface_openvino:BlazeFaceOpenVino",
}
"""Engines that run the BlazeFace networks; `auto` picks the fastest one installed."""
YUNET = {
    "opencv": "models.detectors.yunet:YuNet",
    "openvino": "models.detectors.yunet_openvino:YuNetOpenVino",
}
"""Engines that run YuNet."""
HAAR = "models.detectors.haar:Haar"
DETECTORS = ("blazeface", "haar", "yunet")


def check_detector(
    detector: str, model: str = "full_range", model_path: str = "", engine: str = "auto", device: Device = "CPU"
) -> tuple[str, Path | None]:
    """Return a detector's class as `"module:Class"`, and the file it loads; None if it bundles its own.

    Args:
        detector: A key of `DETECTORS`.
        model: The BlazeFace network, a key of `models.fetch.FILES`.
        model_path: A file to load instead; YuNet requires one.
        engine: A key of `BLAZEFACE` or `YUNET`, or `auto`: OpenVINO if it is installed and reads the network,
            otherwise the first. Haar has none.
        device: Device on which OpenVINO runs it. The other engines use the CPU.

    Raises:
        ValueError: There is no such detector, network, engine or device.
        FileNotFoundError: The file does not exist.
        ModuleNotFoundError: The requested engine is not installed.
    """
    if detector not in DETECTORS:
        raise ValueError(f"expected one of {', '.join(DETECTORS)}, found {detector!r}")
    if detector == "haar":
        _check_cpu("haar", device)
        return HAAR, None
    engines = BLAZEFACE if detector == "blazeface" else YUNET
    # OpenVINO reads only the two networks of BlazeFace that set-up fetches
    chosen = _engine(engine, engines, may_be_openvino=detector == "yunet" or not model_path)
    use = engines[chosen]
    if chosen == "openvino":
        check_device(device)
    else:
        _check_cpu(chosen, device)
    if detector == "blazeface" and not model_path:
        return use, detector_path(model)
    if not Path(model_path).is_file():
        raise FileNotFoundError(f"expected the network of {detector} at model_path, found {model_path!r}")
    return use, Path(model_path)


def _engine(engine: str, engines: Mapping[str, str], may_be_openvino: bool) -> str:
    if engine == "auto":
        return "openvino" if may_be_openvino and importlib.util.find_spec("openvino") else next(iter(engines))
    if engine not in engines:
        raise ValueError(f"expected an engine of auto, {', '.join(engines)}, found {engine!r}")
    if not importlib.util.find_spec({"opencv": "cv2"}.get(engine, engine)):
        raise ModuleNotFoundError(f"expected {engine} for the detector's engine, found that it is not installed")
    return engine


def _check_cpu(name: str, device: Device) -> None:
    if device not in ("auto", "CPU"):
        raise DeviceError(f"device: expected auto or CPU with {name}, found {device!r}")


def create_detector(
    detector: str,
    model: str = "full_range",
    model_path: str = "",
    engine: str = "auto",
    device: Device = "CPU",
    *,
    min_score: float,
    precision: Precision = "auto",
) -> FaceDetector:
    """Load a detector that drops faces below `min_score`; arguments and errors are those of `check_detector`.

    `precision` is the arithmetic of the network under OpenVINO, see `models.devices.arithmetic`.
    """
    use, path = check_detector(detector, model, model_path, engine, device)
    module, _, name = use.partition(":")
    kind = getattr(importlib.import_module(module), name)
    more = {"device": device, "precision": precision} if use.endswith("OpenVino") else {}
    created: FaceDetector = kind(min_score) if path is None else kind(path, min_score, **more)
    # The first detection takes four times as long as later ones, so do it before a camera has to wait.
    created.detect(np.full((180 * 3 // 2, 320), 128, np.uint8))
    return created
