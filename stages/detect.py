"""Where the faces are, who is who, and a picture of each for the network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from msgspec.structs import replace

from models.alignment import crop_square, face_square, roll_deg, sharpness
from models.detectors import Detections, check_detector, create_detector
from models.detectors.picture import luma
from models.tracking import Tracker
from pipeline.errors import ConfigError, MissingPart
from pipeline.messages import Array, Box, Face, Frame
from pipeline.stage import Stage

WEAK = 0.7
"""A face that is already followed may have this part of the score a new one needs."""


class Detect(Stage):
    """Finds and follows faces, and cuts them out as FER2013 was cut out.

    Args:
        detector: `blazeface` (MediaPipe), `haar` (OpenCV's classic) or `yunet` (its file is given by `model_path`).
        model: Which BlazeFace network: `full_range` (a room, 5 m) or `short_range` (a laptop, 2 m).
        model_path: File of the detection network, in the place of the one that set-up has fetched.
        min_score: Faces below this score, 0 to 1, are not taken up.
        min_face_px: Faces with a smaller box, pixels of the frame, are not taken up.
        crop_size: Side of the cut-out faces; what the model of `[emotion]` takes.
        max_faces: At most so many faces a frame, those with the highest scores.
        forget_s: A person not seen for so many seconds of the stream is someone new after that.

    Raises:
        ConfigError: An option is out of range.
        MissingPart: The detection network is not there.
    """

    pixels = "read"

    def __init__(
        self,
        *,
        detector: Literal["blazeface", "haar", "yunet"] = "blazeface",
        model: Literal["full_range", "short_range"] = "full_range",
        model_path: str = "",
        min_score: float = 0.5,
        min_face_px: float = 16.0,
        crop_size: int = 48,
        max_faces: int = 32,
        forget_s: float = 1.0,
    ) -> None:
        self.check(
            detector=detector,
            model=model,
            model_path=model_path,
            min_score=min_score,
            min_face_px=min_face_px,
            crop_size=crop_size,
            max_faces=max_faces,
            forget_s=forget_s,
        )
        self._detector = create_detector(detector, min_score=WEAK * min_score, model=model, model_path=model_path)
        self._min_score = min_score
        self._min_face_px = min_face_px
        self._crop_size = crop_size
        self._max_faces = max_faces
        self._forget_s = forget_s
        self._cameras: dict[str, _Camera] = {}

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse numbers out of range and a detection network that is not there.

        Raises:
            ConfigError: An option is out of range, or names no network.
            MissingPart: The network has not been fetched.
        """
        limits = {"min_score": (0, 1), "min_face_px": (0, 10_000), "crop_size": (8, 512), "max_faces": (1, 1000)}
        for name, (low, high) in {**limits, "forget_s": (0, 60)}.items():
            if name in options and not low <= options[name] <= high:
                raise ConfigError(f"{name}: expected a number from {low} to {high}, found {options[name]}")
        which = {key: options[key] for key in ("model", "model_path") if key in options}
        try:
            check_detector(options.get("detector", "blazeface"), **which)
        except ValueError as error:
            raise ConfigError(f"detector: {error}") from error
        except FileNotFoundError as error:
            raise MissingPart(str(error)) from error

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Yield every frame; those with a picture with their faces and crops."""
        for frame in frames:
            if frame.state == "ended":
                self._cameras.pop(frame.camera, None)
            yield self._examine(frame, frame.pixels) if frame.pixels is not None else frame

    def close(self) -> None:
        """Release the network."""
        self._detector.close()

    def _examine(self, frame: Frame, pixels: Array) -> Frame:
        camera = self._cameras.get(frame.camera)
        if camera is None or camera.run != frame.run:
            camera = self._cameras[frame.camera] = _Camera(frame.run, Tracker(self._min_score, self._forget_s))
        found = self._detector.detect(pixels)
        found = found[found.boxes[:, 2:].min(axis=1, initial=np.inf) >= self._min_face_px]
        found = found[np.argsort(-found.scores, kind="stable")[: self._max_faces]]
        tracks = camera.tracker.update(found.boxes, found.scores, frame.pts_ns / 1e9)
        faces: list[Face] = []
        crops: list[Array] = []
        for i in np.argsort(tracks, kind="stable"):
            if tracks[i]:
                face, crop = self._cut_out(luma(pixels), found, int(i), int(tracks[i]), len(faces))
                faces.append(face)
                crops.append(crop)
        return replace(frame, faces=tuple(faces), crops=np.stack(crops) if crops else None)

    def _cut_out(self, gray: Array, found: Detections, i: int, track: int, crop_index: int) -> tuple[Face, Array]:
        x, y, side = face_square(found.boxes[i], self._detector.framing)
        crop = crop_square(gray, x, y, side, self._crop_size, roll_deg(found.eyes[i]))
        left, top, width, height = (float(value) for value in found.boxes[i])
        return (
            Face(
                track=track,
                box=Box(x=left, y=top, width=width, height=height),
                score=min(1.0, float(found.scores[i])),
                crop=crop_index,
                size=side,
                sharpness=sharpness(crop),
            ),
            crop,
        )


@dataclass(slots=True)
class _Camera:
    run: int
    tracker: Tracker
