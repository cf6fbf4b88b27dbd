"""Measures the faces that are followed: pose, whether they face the camera, eyes and mouth, blendshapes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from msgspec.structs import replace

from models.detectors.blazeface import BlazeFace
from models.presence import LandmarkNetwork, check_landmarks, load_landmarks
from models.presence.blinks import Blinks
from models.presence.landmarks import Square
from models.presence.openings import openings
from models.presence.pose import Pose, head_pose
from pipeline.errors import ConfigError, MissingPart
from pipeline.messages import Array, Face, Frame
from pipeline.per_camera import PerCamera
from pipeline.stage import Stage

MIN_PRESENCE = 0.5
"""Probability of a face below which nothing is measured, 0 to 1."""
FORGET_S = 5.0
"""Seconds of the stream after which an absent person's blinks are forgotten."""
UPRIGHT_S = 0.5
"""Seconds for which a measured tilt of the head is still used to turn the next crop upright."""
SIDEWAYS_DEG = 30.0
"""Yaw in degrees beyond which the farther eye is not seen well enough for blinks."""


class Landmarks(Stage):
    """Measures pose, openings of eyes and mouth, and blinks of the largest faces of each frame.

    The angles are right to about 5 degrees. Blinks need a network whose eyelids follow the eyes, see `model_path`, and
    15 measured frames per second.

    Args:
        model_path: MediaPipe's `face_landmarker.task`, which sees blinks, has blendshapes and needs four times the
            time; empty for the network that set-up fetched.
        facing_deg: Largest angle between the direction of a face and the camera's axis at which it faces the camera,
            degrees. A person at the edge of the frame who looks into the lens is already turned by half the angle of
            view.
        max_faces: Maximum number of faces measured per frame, the largest ones.

    Raises:
        ConfigError: The file is not a landmark network.
        MissingPart: OpenVINO or the network is not there.
    """

    pixels = "read"
    about_people = frozenset({"measured_faces"})
    devices = MappingProxyType({"landmarks": "CPU"})

    def __init__(
        self,
        *,
        model_path: str = "",
        facing_deg: Annotated[float, Meta(gt=0, le=90)] = 20.0,
        max_faces: Annotated[int, Meta(ge=1, le=1000)] = 8,
    ) -> None:
        self.check(model_path=model_path)
        try:
            self._network: LandmarkNetwork = load_landmarks(model_path)
        except ValueError as error:
            raise ConfigError(f"model_path: {error}") from error
        self._facing_deg = facing_deg
        self._max_faces = max_faces
        self._cameras = PerCamera(lambda _: _Camera(), each="people")
        self.counts: dict[str, int] = {"measured_faces": 0}

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse a network that is not there.

        Raises:
            MissingPart: OpenVINO or the network is not there.
        """
        try:
            check_landmarks(options.get("model_path", ""))
        except (ModuleNotFoundError, FileNotFoundError) as error:
            raise MissingPart(str(error)) from error

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Yield every frame; those with pixels with their faces measured."""
        for frame in frames:
            if frame.state == "ended":
                self._cameras.pop(frame.camera)
            if self._network.blendshapes:
                # also without a face: outputs begin with the first frame
                frame = replace(frame, blendshapes=True)
            yield frame if frame.pixels is None or not frame.faces else self._measure(frame, frame.pixels)

    def _measure(self, frame: Frame, pixels: Array) -> Frame:
        camera = self._cameras.of(frame)
        time_s = frame.pts_ns / 1e9
        largest = sorted(frame.faces, key=lambda face: -face.box.height)[: self._max_faces]
        measured = {face.track: self._measured(camera, frame, pixels, face, time_s) for face in largest}
        camera.forget(time_s)
        return replace(frame, faces=tuple(measured.get(face.track, face) for face in frame.faces))

    def _measured(self, camera: "_Camera", frame: Frame, pixels: Array, face: Face, time_s: float) -> Face:
        person = camera.people.setdefault(face.track, _Person())
        person.seen_s = time_s
        found = self._network.find(pixels, square(face, person.roll(time_s)), frame.full_range)
        self.counts["measured_faces"] += 1
        if found.presence < MIN_PRESENCE:
            # what the second opinion measured a moment ago does not count for a covered face either
            return replace(face, yaw=None, pitch=None, roll=None)
        pose, opening = head_pose(found.points), openings(found.points)
        person.pose, person.posed_s = pose, time_s
        blinks = None
        if self._network.lids and abs(pose.yaw) <= SIDEWAYS_DEG:
            blinks = person.blinks.update((opening.eye_left + opening.eye_right) / 2, time_s)
        return replace(
            face,
            **pose._asdict(),
            **opening._asdict(),
            facing=turn_deg(pose) <= self._facing_deg,
            blinks=blinks,
            blendshapes=found.blendshapes,
        )


def square(face: Face, roll: float | None) -> Square:
    """Return the square around a face that the network expects.

    Args:
        face: The face, with the square of its classification where the detector has set it.
        roll: Tilt of the head measured in an earlier frame, degrees; None for that of the face.
    """
    box = face.box
    side = face.size / BlazeFace.framing.scale if face.size else max(box.width, box.height)
    x, y = box.x + (box.width - side) / 2, box.y + (box.height - side) / 2
    around = np.array([x, y, side, side], np.float32)
    return Square.around(around, (face.roll or 0.0) if roll is None else roll, BlazeFace.framing)


def turn_deg(pose: Pose) -> float:
    """Return the angle between the direction of a face and the camera's axis, degrees, 0 to 180."""
    cosine = math.cos(math.radians(pose.yaw)) * math.cos(math.radians(pose.pitch))
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


@dataclass(slots=True)
class _Person:
    blinks: Blinks = field(default_factory=Blinks)
    pose: Pose | None = None
    posed_s: float = 0.0
    seen_s: float = 0.0

    def roll(self, time_s: float) -> float | None:
        """Return the tilt a moment ago, degrees; None if it is not known."""
        return self.pose.roll if self.pose and 0 <= time_s - self.posed_s <= UPRIGHT_S else None


@dataclass(slots=True)
class _Camera:
    people: dict[int, _Person] = field(default_factory=dict)

    def forget(self, time_s: float) -> None:
        """Drop people not seen for `FORGET_S` in either direction, because a stream's time may jump back."""
        self.people = {n: one for n, one in self.people.items() if abs(time_s - one.seen_s) <= FORGET_S}
