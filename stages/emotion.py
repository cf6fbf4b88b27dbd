"""Classifies the faces of all cameras in one batch and fuses the results per person over time."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta
from msgspec.structs import replace

from models.devices import Device
from models.engines import Network, check_choice, create_engine, load_network
from models.over_time.fusion import Belief, FusionSettings
from pipeline.errors import ConfigError
from pipeline.messages import EMOTIONS, Array, Face, Frame
from pipeline.per_camera import PerCamera
from pipeline.stage import Stage

Positive = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Degrees = Annotated[float, Meta(ge=0, le=180)]

log = logging.getLogger(__name__)

FORGET_S = 5.0
"""Seconds of the stream after which an absent track is forgotten; trackers find a lost face again within about one."""


class Emotion(Stage):
    """Classifies the face crops of a batch of frames and fuses the results into each person's state.

    Args:
        model: Name of a model that ships with Emobot (`fast`, `accurate`, or `nano` for many faces), or path of a
            `.keras` file with its card.
        engine: Engine that runs the network: `jax`, `tensorflow`, `openvino`, or `auto`: the first of these with a
            usable GPU, else OpenVINO.
        head: Output of the network to use: `fer2013`, `ferplus`, `blend` (the weighted mean of both), or `auto`: the
            one the model's card recommends for live faces.
        precision: Arithmetic of the network: `f32`, `bf16` (faster), or `auto`: `bf16` where the GPU, or the CPU
            under OpenVINO, supports it.
        threads: CPU threads of the engine; 0 lets the engine decide.
        device: Device on which OpenVINO runs the network: `CPU`, `GPU`, `NPU`, or `auto`: the GPU or NPU that can run
            it, else the CPU.
        tau_s: Time constant of the average over a person's classifications, seconds; 0 turns averaging off.
        margin: Probability by which another emotion must lead before it replaces the label.
        dwell_s: Seconds for which it must keep that lead.
        min_face_px: Minimum side of a face, pixels of the frame; smaller faces are `uncertain`.
        min_sharpness: Minimum variance of a crop's Laplacian (squared gray levels); blurrier faces are `uncertain`.
        min_confidence: Minimum probability of the most probable emotion, 0 to 1; below it the face is `uncertain`.
        max_yaw_deg: Maximum turn of a head to either side, degrees; faces turned further are `uncertain`.
        max_pitch_deg: Maximum nod of a head up or down, degrees; beyond it the face is `uncertain`.

    Raises:
        ConfigError: An option is out of range, or there is no such model, head or engine.
    """

    classifies = True

    def __init__(
        self,
        *,
        model: str = "fast",
        engine: Literal["auto", "tensorflow", "jax", "openvino"] = "auto",
        head: Literal["auto", "fer2013", "ferplus", "blend"] = "auto",
        precision: Literal["auto", "bf16", "f32"] = "auto",
        threads: Annotated[int, Meta(ge=0, le=1024)] = 0,
        device: Device = "auto",
        tau_s: Positive = FusionSettings.tau_s,
        margin: Share = FusionSettings.margin,
        dwell_s: Positive = FusionSettings.dwell_s,
        min_face_px: Positive = FusionSettings.min_face_px,
        min_sharpness: Positive = FusionSettings.min_sharpness,
        min_confidence: Share = FusionSettings.min_confidence,
        max_yaw_deg: Degrees = FusionSettings.max_yaw_deg,
        max_pitch_deg: Degrees = FusionSettings.max_pitch_deg,
    ) -> None:
        self._fusion = _settings(
            tau_s=tau_s,
            margin=margin,
            dwell_s=dwell_s,
            min_face_px=min_face_px,
            min_sharpness=min_sharpness,
            min_confidence=min_confidence,
            max_yaw_deg=max_yaw_deg,
            max_pitch_deg=max_pitch_deg,
        )
        network = _network(model, head)
        try:
            self._engine = create_engine(network, engine, precision=precision, threads=threads, device=device)
        except (ValueError, ModuleNotFoundError) as error:
            raise ConfigError(f"{error}, in the options of emotion") from error
        self._order = [network.labels.index(emotion) for emotion in EMOTIONS]
        self._size = network.size
        self._identity = network.identity
        self.cameras = PerCamera(lambda _: _Camera(), each="people")
        """What is remembered of each camera."""
        self._engine.warm()
        self.devices = {network.name: self._engine.device}
        log.info(
            "%s runs on the %s (%s, %s)", network.name, self._engine.device, self._engine.name, self._engine.precision
        )

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse settings out of range and a model that does not exist.

        Raises:
            ConfigError: An option is out of range, or there is no such model, head or device.
        """
        try:
            check_choice(options.get("engine", "auto"), options.get("device", "auto"))
        except ValueError as error:
            raise ConfigError(str(error)) from error
        _settings(**{f.name: options[f.name] for f in fields(FusionSettings) if f.name in options})
        _network(options.get("model", "fast"), options.get("head", "auto"))

    @classmethod
    def needs(cls, **options: Any) -> Mapping[str, Any]:
        """Return the size of crops that the model takes.

        Raises:
            ConfigError: There is no such model or head.
        """
        return {"crop_size": _network(options.get("model", "fast"), options.get("head", "auto")).size}

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Yield every frame with its faces classified, without their crops.

        Raises:
            ConfigError: The model does not accept crops of this size.
            ValueError: A face names a crop that its frame does not have.
        """
        looks = self._look(frames)
        for i, frame in enumerate(frames):
            if frame.state == "ended":
                self.cameras.pop(frame.camera)
            yield self._express(frame, looks[i]) if frame.state == "live" else frame

    def _look(self, frames: Sequence[Frame]) -> list[dict[int, tuple[float, ...]]]:
        """Classify all crops of the batch at once; return, per frame, the probabilities by index of the face."""
        looks: list[dict[int, tuple[float, ...]]] = [{} for _ in frames]
        owners = [
            (i, j)
            for i, frame in enumerate(frames)
            if frame.state == "live"
            for j, face in enumerate(frame.faces)
            if face.crop is not None
        ]
        if owners:
            crops = np.stack([self._crop(frames[i], frames[i].faces[j]) for i, j in owners])
            rows = self._engine.predict(crops)[:, self._order].tolist()
            for (i, j), row in zip(owners, rows, strict=True):
                looks[i][j] = tuple(row)
        return looks

    def _crop(self, frame: Frame, face: Face) -> Array:
        count = 0 if frame.crops is None else len(frame.crops)
        if frame.crops is None or face.crop is None or not 0 <= face.crop < count:
            raise ValueError(f"expected a crop below {count}, found {face.crop}, frame {frame.seq} of {frame.camera}")
        if frame.crops.shape[1:] != (self._size, self._size):
            raise ConfigError(
                f"expected crops of {self._size} x {self._size} pixels (model {self._identity}), "
                f"found {frame.crops.shape[2]} x {frame.crops.shape[1]}, from camera {frame.camera}"
            )
        crop: Array = frame.crops[face.crop]
        return crop

    def _express(self, frame: Frame, looks: dict[int, tuple[float, ...]]) -> Frame:
        camera = self.cameras.of(frame)
        time_s = frame.pts_ns / 1e9
        faces = []
        for j, face in enumerate(frame.faces):
            track = camera.tracks.get(face.track)
            if track is None:
                track = camera.tracks[face.track] = _Track(Belief(self._fusion))
            track.seen_s = time_s
            raw = looks.get(j)
            if raw is not None:
                # A detector that sets a face's size also sets its sharpness.
                size = face.size or max(face.box.width, face.box.height)
                sharpness = face.sharpness if face.size else None
                turn = {"yaw": face.yaw or 0.0, "pitch": face.pitch or 0.0}
                track.belief.update(raw, time_s, size=size, score=face.score, sharpness=sharpness, **turn)
            faces.append(track.express(face, raw))
        camera.forget(time_s)
        return replace(frame, faces=tuple(faces), crops=None, model=self._identity)


def _settings(**options: float) -> FusionSettings:
    try:
        return FusionSettings(**options)
    except ValueError as error:
        raise ConfigError(f"{error}, in the options of emotion") from error


def _network(model: str, head: str) -> Network:
    try:
        network = load_network(model, head)
    except (ValueError, FileNotFoundError) as error:
        raise ConfigError(f"model: {error}") from error
    if set(network.labels) != set(EMOTIONS):
        raise ConfigError(f"expected a model for {', '.join(EMOTIONS)}, found {network.labels}, in model {model}")
    return network


@dataclass(slots=True)
class _Track:
    belief: Belief
    seen_s: float = 0.0

    def express(self, face: Face, raw: tuple[float, ...] | None) -> Face:
        """Return the face with its track's fused probabilities and label."""
        belief = self.belief
        return replace(
            face,
            raw=raw,
            fused=tuple(belief.fused.tolist()) if belief.fused.size else None,
            label="uncertain" if belief.label is None else EMOTIONS[belief.label],
            confidence=belief.confidence,
        )


@dataclass(slots=True)
class _Camera:
    tracks: dict[int, _Track] = field(default_factory=dict)

    def forget(self, time_s: float) -> None:
        """Drop tracks not seen for `FORGET_S` in either direction, because a stream's time may jump back."""
        self.tracks = {n: track for n, track in self.tracks.items() if abs(time_s - track.seen_s) <= FORGET_S}
