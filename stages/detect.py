"""Detects and tracks faces, and crops them for the network."""

import logging
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
from models.detectors.picture import cut_picture, luma
from models.devices import Device, DeviceError
from models.following.alignment import crop_square, face_square, sharpness
from models.following.following import Follower
from models.following.load import CLASSIFY_LIMITS, RATES, SHOW_EVERY, LoadShedder
from models.following.noise import without_noise
from models.following.schedule import ClassificationSchedule
from models.presence import LandmarkNetwork, SecondOpinion, load_landmarks, presence_of
from models.search.closeup import CloseUp
from models.search.layout import lay_out
from models.search.networks import Networks
from models.search.pace import EVERY_FRAME, LIVE, LIVE_EVERY_FRAME, RECORDING, THOROUGH
from models.search.plan import SearchPlan
from models.search.region import in_frame, is_inside, region_of
from pipeline.errors import ConfigError, MissingPart
from pipeline.messages import Array, Box, Face, Frame, Sight
from pipeline.per_camera import PerCamera
from pipeline.stage import Stage

log = logging.getLogger(__name__)

WEAK, FAINT = 0.7, 0.4
"""Parts of `min_score` that suffice for a face that is already followed, and for a candidate that the landmark
network judges."""
LIVE_DETECT_HZ, LIVE_CLASSIFY_HZ = 2.5, 10.0
"""What live cameras get by default: at 30 frames per second a twelfth of the detections and a third of the
classifications, and the same labels, see docs/decisions/detection.md and classification.md."""
SMALLEST = 0.8
"""Part of `min_face_px` below which a face is ignored: boxes of a face of that size are often a little smaller."""

Rate = Annotated[float, Meta(ge=0, le=1000)]


class Detect(Stage):
    """Detects and tracks faces, and crops them as FER2013 was cropped.

    Args:
        detector: Face detector: `blazeface`, `haar` (OpenCV's classic) or `yunet` (its file is given by
            `model_path`).
        model: BlazeFace network: `full_range` (a room, 5 m) or `short_range` (a laptop, 2 m).
        engine: Engine that runs the network: `openvino` (fastest), `mediapipe` (BlazeFace), `opencv` (YuNet), or
            `auto`: OpenVINO where it is installed.
        model_path: File of the detection network, instead of the one that set-up fetched.
        device: Device on which OpenVINO runs the detection networks: `CPU`, `GPU`, `NPU`, or `auto`: the GPU or NPU
            that can run them, else the CPU. By default the CPU: nothing else has been measured.
        precision: Arithmetic of the detection networks under OpenVINO: `f32`, `bf16` (takes 0.7 times as long), or
            `auto`: `bf16` where the CPU supports it (`f16` on a GPU).
        detect_hz: Face detections per second and camera. Optical flow moves the boxes in between; new, fast and
            missing faces are detected at once. 0: in every frame, all of it for near faces. By default 2.5 per second
            of live cameras; in recordings, known faces are detected in every frame, near ones that are new every 0.2 s
            and far ones every 0.5 s.
        thorough: Search every frame completely, also for far and turned faces; needs ten times the time.
        classify_hz: Classifications per second of a face that is neither new nor changing. 0: in every frame; by
            default every frame of recordings and 10 per second of live cameras.
        adaptive: Reduce detections and classifications of live cameras when the CPU is saturated (load shedding),
            see `models.following.load`.
        min_score: Minimum face confidence, 0 to 1; faces below it are ignored.
        min_face_px: Size of the smallest face to search for, side of its box in pixels of the frame. Half of it takes
            three times as long; larger values need fewer tiles (of a 1080p frame 20 at 24 pixels, 6 at 40, 1 at 100).
        crop_size: Side of the face crops, pixels; must match the model of `[emotion]`.
        max_faces: Maximum number of faces per frame; those with the highest scores are kept.
        forget_s: Seconds of the stream after which a person out of view gets a new number.
        second_opinion: Whether a second network judges what the detector takes for a face, and measures its pose; needs
            OpenVINO. What it refuses counts as nobody, and is hidden where faces are blurred.
        min_presence: Minimum probability of a face by this network, 0 to 1.

    Raises:
        ConfigError: The detector or its network cannot be used.
        MissingPart: The detection network is not there.
    """

    pixels = "read"
    about_people = frozenset({"faces", "crops", "refused_faces"})

    def __init__(
        self,
        *,
        detector: Literal["blazeface", "haar", "yunet"] = "blazeface",
        model: Literal["full_range", "short_range"] = "full_range",
        engine: Literal["auto", "mediapipe", "opencv", "openvino"] = "auto",
        model_path: str = "",
        device: Device = "CPU",
        precision: Literal["auto", "bf16", "f32"] = "auto",
        detect_hz: Rate | None = None,
        thorough: bool = False,
        classify_hz: Rate | None = None,
        adaptive: bool = True,
        min_score: Annotated[float, Meta(ge=0, le=1)] = 0.5,
        min_face_px: Annotated[float, Meta(ge=0, le=10_000)] = 24.0,
        crop_size: Annotated[int, Meta(ge=8, le=512)] = 48,
        max_faces: Annotated[int, Meta(ge=1, le=1000)] = 32,
        forget_s: Annotated[float, Meta(ge=0, le=60)] = 1.0,
        second_opinion: bool = True,
        min_presence: Annotated[float, Meta(ge=0, le=1)] = 0.5,
    ) -> None:
        network: dict[str, Any] = {"detector": detector, "model": model, "engine": engine, "device": device}
        network["model_path"] = model_path
        self.check(**network)
        try:
            landmarks = _landmarks() if second_opinion else None
            # others find far faces on their own
            guided = detector == "blazeface" and not model_path
            lowest = FAINT if guided and landmarks else WEAK
            finder = create_detector(**network, min_score=lowest * min_score, precision=precision)
            close_up = None
            if guided:
                network["model"] = "short_range"
                close_up = create_detector(**network, min_score=WEAK * min_score, precision=precision)
            self._networks = Networks(finder, close_up)
            # now, so that no frame waits for them
            finder.warm()
            CloseUp(self._networks, finder.framing)
        except DeviceError as error:
            raise ConfigError(str(error)) from error
        except ValueError as error:
            raise ConfigError(f"model_path: {error}") from error
        self.counts: dict[str, int] = {"detections": 0, "faces": 0, "crops": 0, "refused_faces": 0}
        self._detect_hz = detect_hz
        self._thorough = thorough
        self._min_face_px = min_face_px
        self._classify_hz = classify_hz
        self._shedder = LoadShedder() if adaptive else None
        self._crop_size = crop_size
        self._follow = partial(
            Follower,
            start_score=min_score,
            forget_s=forget_s,
            min_face_px=SMALLEST * min_face_px,
            max_faces=max_faces,
        )
        framing = self._networks.finder.framing
        self._judge = partial(SecondOpinion, landmarks, framing, min_presence)
        self._presence = partial(presence_of, landmarks, framing) if landmarks else None
        self._clear = WEAK * min_score
        self._cameras = PerCamera(self._begin, each="stream")

    @property
    def devices(self) -> dict[str, str]:  # type: ignore[override]
        """Return the device of each network; under `auto` the next shape may need another one."""
        return {"detection": self._networks.finder.device, "close-up": self._networks.close_up.device}

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse a detector that cannot be used and a detection network that is not there.

        Raises:
            ConfigError: There is no such detector, network or engine.
            MissingPart: The network has not been fetched.
        """
        which = {key: options[key] for key in ("model", "model_path", "engine", "device") if key in options}
        detector = options.get("detector", "blazeface")
        try:
            check_detector(detector, **which)
            if detector == "blazeface" and not which.get("model_path"):
                check_detector(detector, **which | {"model": "short_range"})
        except DeviceError as error:
            raise ConfigError(str(error)) from error
        except (ValueError, ModuleNotFoundError) as error:
            raise ConfigError(f"detector: {error}") from error
        except FileNotFoundError as error:
            raise MissingPart(str(error)) from error

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Yield every frame; those with pixels get their faces and crops."""
        for frame in frames:
            if frame.pixels is not None:
                yield self._examine(frame, frame.pixels)
                continue
            known = self._cameras.get(frame)
            if frame.state == "ended":
                self._cameras.pop(frame.camera)
            yield replace(frame, counted_ns=known.counted_ns) if known else frame

    def prepare(self, width: int, height: int) -> None:
        """Compile the networks for frames of a size, pixels, which live cameras otherwise do not wait for."""
        if self._networks.finder.sight is not None:
            lay_out(width, height, self._min_face_px, self._networks)

    def close(self) -> None:
        """Release the network."""
        self._networks.close()

    def _examine(self, frame: Frame, pixels: Array) -> Frame:
        camera = self._cameras.of(frame)
        level = 0
        if self._shedder and not frame.lossless:
            level = self._shedder.note((time.time_ns() - frame.captured_ns) / 1e9, time.monotonic())
        camera.shed(level)
        time_s = frame.pts_ns / 1e9
        part = region_of(frame.region, pixels.shape[1], pixels.shape[0] * 2 // 3) if frame.region else None
        picture = cut_picture(pixels, *part) if part else pixels
        seen = camera.follower.update(picture, time_s, full_range=frame.full_range)
        how: Sight = "detected" if camera.follower.detected else "followed"
        self.counts["detections"] += camera.follower.detected
        faces: list[Face] = []
        crops: list[Array] = []
        refused: list[Floats] = []
        camera.follower.covered = False
        for found in seen:
            box = in_frame(found.box, part)
            opinion = camera.opinion.on(found.track, pixels, box, found.roll, time_s, full_range=frame.full_range)
            if not opinion.person or not is_inside(box, part):
                refused.append(box)
                if not opinion.person:
                    camera.follower.nobody.add(found.track)
                continue
            camera.follower.nobody.discard(found.track)
            camera.follower.covered |= not opinion.readable
            x, y, side = face_square(box, self._networks.finder.framing)
            face = Face(
                track=opinion.person,
                box=_box(box),
                score=found.score,
                seen=how if opinion.readable else "uncertain",
                size=side,
                **(opinion.pose._asdict() if opinion.pose else {}),
            )
            if opinion.readable and camera.schedule.may_be_due(found.track, time_s, held=camera.follower.held):
                crop = crop_square(luma(pixels), x, y, side, self._crop_size, found.roll, full_range=frame.full_range)
                if camera.schedule.due(found.track, crop, time_s):
                    face = replace(face, crop=len(crops), sharpness=sharpness(crop))
                    crops.append(without_noise(crop))
            faces.append(face)
        self.counts["crops"] += len(crops)
        self.counts["faces"] += len(faces)
        self.counts["refused_faces"] += len(refused)
        if camera.follower.detected:  # often enough
            camera.schedule.forget(time_s)
            camera.opinion.forget(time_s)
        return replace(
            frame,
            faces=tuple(faces),
            hidden=tuple(map(_box, (*refused, *(in_frame(box, part) for box in camera.follower.hidden)))),
            crops=np.stack(crops) if crops else None,
            counted_ns=camera.counted_ns,
            saving=level,
        )

    def _begin(self, frame: Frame) -> "_Camera":
        detect_hz, classify_hz = (0.0, 0.0) if frame.lossless else (LIVE_DETECT_HZ, LIVE_CLASSIFY_HZ)
        pace = RECORDING if frame.lossless else LIVE
        if self._detect_hz is not None:
            detect_hz = self._detect_hz
            pace = LIVE if detect_hz else EVERY_FRAME if frame.lossless else LIVE_EVERY_FRAME
        if self._thorough:
            detect_hz, pace = 0.0, THOROUGH
        classify_hz = classify_hz if self._classify_hz is None else self._classify_hz
        # cameras that started together are not searched together
        phase = crc32(frame.camera.encode()) / 2**32
        plan = SearchPlan(self._networks, self._min_face_px, pace, self._presence, self._clear)
        follower, schedule = self._follow(plan, detect_hz, phase=phase), ClassificationSchedule(classify_hz)
        return _Camera(frame.captured_ns, plan, follower, self._judge(), schedule, detect_hz, classify_hz)


def _landmarks() -> LandmarkNetwork | None:
    try:
        return load_landmarks()
    except (ModuleNotFoundError, FileNotFoundError, ValueError) as error:
        log.warning("no second opinion on faces: %s", error)
        return None


def _box(box: Floats) -> Box:
    x, y, width, height = box.tolist()
    return Box(x=x, y=y, width=width, height=height)


@dataclass(slots=True)
class _Camera:
    counted_ns: int
    plan: SearchPlan
    follower: Follower
    opinion: SecondOpinion
    schedule: ClassificationSchedule
    detect_hz: float
    classify_hz: float

    def shed(self, level: int) -> None:
        """Reduce detections and classifications by a shedding level; a rate of 0, every frame, is never reduced."""
        tiles, detections, classifications = RATES[level]
        self.plan.thrift = 1 / tiles
        self.follower.hz = self.detect_hz * detections
        self.schedule.hz = self.classify_hz * classifications
        self.follower.shedding, self.schedule.limit = detections < 1, CLASSIFY_LIMITS[level]
        self.follower.sparing = SHOW_EVERY[level] > 1
