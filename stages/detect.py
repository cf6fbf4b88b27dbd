"""Where the faces are, who is who, and a picture of each for the network."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal
from zlib import crc32

import numpy as np
from msgspec import Meta
from msgspec.structs import replace

from models.detectors import check_detector, create_detector
from models.detectors.base import Floats
from models.detectors.picture import luma
from models.following.alignment import crop_square, face_square, sharpness
from models.following.following import Follower
from models.following.load import RATES, LoadShedder
from models.following.schedule import ClassificationSchedule
from models.levels import limited
from pipeline.errors import ConfigError, MissingPart
from pipeline.messages import Array, Box, Face, Frame
from pipeline.per_camera import PerCamera
from pipeline.stage import Stage

WEAK = 0.7
"""A face that is already followed may have this part of the score a new one needs."""
LIVE_DETECT_HZ, LIVE_CLASSIFY_HZ = 5.0, 10.0
"""What live cameras get by default: a fifth of the detections and half of the looks, and the same labels, see
docs/decisions/detection.md and classification.md."""

Rate = Annotated[float, Meta(ge=0, le=1000)]


class Detect(Stage):
    """Detects and tracks faces, and crops them as FER2013 was cropped.

    Args:
        detector: Face detector: `blazeface`, `haar` (OpenCV's classic) or `yunet` (its file is given by
            `model_path`).
        model: BlazeFace network: `full_range` (a room, 5 m) or `short_range` (a laptop, 2 m).
        engine: Engine that runs BlazeFace: `mediapipe`, `openvino` (same results, faster), or `auto`: OpenVINO
            where it is installed.
        model_path: File of the detection network, instead of the one that set-up fetched.
        detect_hz: Face detections per second and camera. Optical flow moves the boxes in between; new, fast and
            missing faces are detected at once. 0: in every frame; by default every frame of recordings and 5 per second
            of live cameras.
        classify_hz: Classifications per second of a face that is neither new nor changing. 0: in every frame; by
            default every frame of recordings and 10 per second of live cameras.
        adaptive: Reduce detections and classifications of live cameras when the CPU is saturated (load shedding),
            see `models.following.load`.
        min_score: Minimum face confidence, 0 to 1; faces below it are ignored.
        min_face_px: Minimum size of a face's box, pixels of the frame; smaller faces are ignored.
        crop_size: Side of the face crops, pixels; must match the model of `[emotion]`.
        max_faces: Maximum number of faces per frame; those with the highest scores are kept.
        forget_s: Seconds of the stream after which a person out of view gets a new number.

    Raises:
        ConfigError: The detector or its network cannot be used.
        MissingPart: The detection network is not there.
    """

    pixels = "read"

    def __init__(
        self,
        *,
        detector: Literal["blazeface", "haar", "yunet"] = "blazeface",
        model: Literal["full_range", "short_range"] = "full_range",
        engine: Literal["auto", "mediapipe", "openvino"] = "auto",
        model_path: str = "",
        detect_hz: Rate | None = None,
        classify_hz: Rate | None = None,
        adaptive: bool = True,
        min_score: Annotated[float, Meta(ge=0, le=1)] = 0.5,
        min_face_px: Annotated[float, Meta(ge=0, le=10_000)] = 16.0,
        crop_size: Annotated[int, Meta(ge=8, le=512)] = 48,
        max_faces: Annotated[int, Meta(ge=1, le=1000)] = 32,
        forget_s: Annotated[float, Meta(ge=0, le=60)] = 1.0,
    ) -> None:
        network = {"detector": detector, "model": model, "engine": engine, "model_path": model_path}
        self.check(**network)
        try:
            self._detector = create_detector(**network, min_score=WEAK * min_score)
        except ValueError as error:
            raise ConfigError(f"model_path: {error}") from error
        self.counts: dict[str, int] = {"detections": 0, "faces": 0, "crops": 0}
        self._detect_hz = detect_hz
        self._classify_hz = classify_hz
        self._shedder = LoadShedder() if adaptive else None
        self._crop_size = crop_size
        self._follow = partial(
            Follower,
            self._detector,
            start_score=min_score,
            forget_s=forget_s,
            min_face_px=min_face_px,
            max_faces=max_faces,
        )
        self._cameras = PerCamera(self._begin, each="stream")

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse a detector that cannot be used and a detection network that is not there.

        Raises:
            ConfigError: There is no such detector, network or engine.
            MissingPart: The network has not been fetched.
        """
        which = {key: options[key] for key in ("model", "model_path", "engine") if key in options}
        try:
            check_detector(options.get("detector", "blazeface"), **which)
        except (ValueError, ModuleNotFoundError) as error:
            raise ConfigError(f"detector: {error}") from error
        except FileNotFoundError as error:
            raise MissingPart(str(error)) from error

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Yield every frame; those with a picture with their faces and crops."""
        for frame in frames:
            if frame.pixels is not None:
                yield self._examine(frame, frame.pixels)
                continue
            known = self._cameras.get(frame)
            if frame.state == "ended":
                self._cameras.pop(frame.camera)
            yield replace(frame, counted_ns=known.counted_ns) if known else frame

    def close(self) -> None:
        """Release the network."""
        self._detector.close()

    def _examine(self, frame: Frame, pixels: Array) -> Frame:
        camera = self._cameras.of(frame)
        level = 0
        if self._shedder and not frame.lossless:
            level = self._shedder.note((time.time_ns() - frame.captured_ns) / 1e9, time.monotonic())
        camera.shed(level)
        time_s = frame.pts_ns / 1e9
        seen = camera.follower.update(limited(pixels, frame.full_range), time_s)
        self.counts["detections"] += camera.follower.detected
        faces: list[Face] = []
        crops: list[Array] = []
        for found in seen:
            x, y, side = face_square(found.box, self._detector.framing)
            crop = crop_square(luma(pixels), x, y, side, self._crop_size, found.roll, full_range=frame.full_range)
            face = Face(
                track=found.track,
                box=_box(found.box),
                score=found.score,
                size=side,
            )
            if camera.schedule.due(found.track, crop, time_s):
                face = replace(face, crop=len(crops), sharpness=sharpness(crop))
                crops.append(crop)
            faces.append(face)
        self.counts["crops"] += len(crops)
        self.counts["faces"] += len(faces)
        camera.schedule.forget(time_s)
        return replace(
            frame,
            faces=tuple(faces),
            hidden=tuple(_box(box) for box in camera.follower.hidden),
            crops=np.stack(crops) if crops else None,
            counted_ns=camera.counted_ns,
            saving=level,
        )

    def _begin(self, frame: Frame) -> "_Camera":
        detect_hz, classify_hz = (0.0, 0.0) if frame.lossless else (LIVE_DETECT_HZ, LIVE_CLASSIFY_HZ)
        if self._detect_hz is not None:
            detect_hz = self._detect_hz
        if self._classify_hz is not None:
            classify_hz = self._classify_hz
        # cameras that started together are not searched together
        phase = crc32(frame.camera.encode()) / 2**32
        follower = self._follow(detect_hz, phase=phase)
        return _Camera(frame.captured_ns, follower, ClassificationSchedule(classify_hz), detect_hz, classify_hz)


def _box(box: Floats) -> Box:
    x, y, width, height = (float(value) for value in box)
    return Box(x=x, y=y, width=width, height=height)


@dataclass(slots=True)
class _Camera:
    counted_ns: int
    follower: Follower
    schedule: ClassificationSchedule
    detect_hz: float
    classify_hz: float

    def shed(self, level: int) -> None:
        """Reduce detections and classifications by a shedding level; a rate of 0, every frame, is never reduced."""
        detections, classifications = RATES[level]
        self.follower.hz = self.detect_hz * detections
        self.schedule.hz = self.classify_hz * classifications
        self.follower.shedding, self.schedule.shedding = detections < 1, classifications < 1
