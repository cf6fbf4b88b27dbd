"""Sends faces and events to Lab Streaming Layer, beside the EEG, on its clock."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import Any

from pipeline.errors import ConfigError
from pipeline.events import (
    AnyEvent,
    AppearedEvent,
    ChangedEvent,
    LineCrossedEvent,
    LostEvent,
    Observation,
    ZoneEnteredEvent,
    ZoneLeftEvent,
)
from pipeline.messages import Frame
from pipeline.stage import Stage
from pipeline.stream_clock import StreamClock, unix_offset
from stages.event_stream import EventStream
from stages.lsl.channels import BLENDSHAPE_CHANNELS, CHANNELS, nobody, sample
from stages.lsl.library import OWN, check_lsl, load_lsl

IRREGULAR = 0.0
"""LSL's rate of a stream whose samples each have their own time. Cameras drop frames: readers that trust a declared
rate would spread the stamps over the gaps."""

LINGER_S = 0.3
"""Seconds at the end for the programs that receive the streams: what they have not taken is lost with the stream."""


class Lsl(Stage):
    """Sends two streams per camera to Lab Streaming Layer: a sample per face and frame, and a marker per event.

    A sample of track 0 is a frame without a face. Stamps are the frames' times on LSL's clock.

    Args:
        network: Must be true: LSL opens its ports on every network interface, without login or encryption.

    Raises:
        ConfigError: `network` is not set.
        MissingPart: `pylsl` is not installed.
    """

    exclusive = True

    def __init__(self, *, network: bool = False) -> None:
        self.check(network=network)
        self._lsl = load_lsl()
        self._events = EventStream()
        self._cameras: dict[str, _Camera] = {}
        self.counts: Counter[str] = Counter()

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse to open ports without permission, and a missing library.

        Raises:
            ConfigError: `network` is not set.
            MissingPart: `pylsl` is not installed.
        """
        if not options.get("network", False):
            raise ConfigError(
                "network: expected true, because LSL opens its ports on every network interface, without login or "
                "encryption, found false"
            )
        check_lsl()

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Send the samples and markers of the frames."""
        for frame in frames:
            camera = self._cameras.get(frame.camera)
            if camera is None:
                camera = self._cameras[frame.camera] = _Camera(self._lsl, frame)
            self._send(camera, frame, list(self._events.read(frame)))
        yield from ()

    def keep(self, cameras: Set[str]) -> None:
        """Send that the people in front of the other cameras are lost, and end their streams."""
        for event in self._events.keep(cameras):
            if camera := self._cameras.get(event.camera):
                self._mark(camera, event, camera.stamp(Frame(camera=event.camera, lossless=camera.lossless)))
        self._end(self._cameras.keys() - cameras)

    def close(self) -> None:
        """End the streams."""
        self._end(list(self._cameras))

    def _end(self, names: Iterable[str]) -> None:
        """End the streams of these cameras; what is on its way is lost with the last reference to an outlet."""
        ended = [self._cameras.pop(name) for name in names]
        if any(outlet.have_consumers() for camera in ended for outlet in (camera.faces, camera.markers)):
            time.sleep(LINGER_S)

    def _send(self, camera: "_Camera", frame: Frame, events: Sequence[AnyEvent]) -> None:
        stamp = camera.stamp(frame)
        for event in events:
            self._mark(camera, event, stamp)
        if frame.state != "live":
            return
        faces = [sample(event, camera.count) for event in events if isinstance(event, Observation)]
        for values in faces or [nobody(frame, camera.count)]:
            camera.faces.push_sample(values, stamp)
            self.counts["samples"] += 1

    def _mark(self, camera: "_Camera", event: AnyEvent, stamp: float) -> None:
        if text := marker(event):
            camera.markers.push_sample([text], stamp)
            self.counts["markers"] += 1


def marker(event: AnyEvent) -> str:
    """Return an event about a person as text, such as `changed 3 sad happy` or `zone_left 3 desk`; empty for others."""
    if isinstance(event, AppearedEvent):
        return f"appeared {event.track} {event.label}"
    if isinstance(event, ChangedEvent):
        return f"changed {event.track} {event.before} {event.after}"
    if isinstance(event, ZoneEnteredEvent | ZoneLeftEvent):
        kind = "zone_entered" if isinstance(event, ZoneEnteredEvent) else "zone_left"
        return f"{kind} {event.track} {event.zone}"
    if isinstance(event, LineCrossedEvent):
        return f"line_crossed {event.track} {event.line} {event.direction}"
    return f"lost {event.track}" if isinstance(event, LostEvent) else ""


class _Camera:
    """The streams of one camera.

    Attributes:
        count: Number of channels.
        lossless: Whether it is a recording.
    """

    def __init__(self, lsl: Any, frame: Frame) -> None:
        name = frame.camera
        described = CHANNELS + (BLENDSHAPE_CHANNELS if frame.blendshapes else ())
        self.count = len(described)
        self.lossless = frame.lossless
        self._local_clock: Callable[[], float] = lsl.local_clock
        self._clock = StreamClock()
        self._run: int | None = None
        self._offset_s = 0.0
        self._last_s = 0.0
        faces = lsl.StreamInfo(OWN + name, "Face", self.count, IRREGULAR, lsl.cf_float32, name)
        faces.desc().append_child_value("manufacturer", "Emobot")
        channels = faces.desc().append_child("channels")
        for label, kind, unit in described:
            channel = channels.append_child("channel")
            channel.append_child_value("label", label).append_child_value("type", kind)
            channel.append_child_value("unit", unit)
        markers = lsl.StreamInfo(f"{OWN}{name} markers", "Markers", 1, IRREGULAR, lsl.cf_string, f"{name}-markers")
        self.faces, self.markers = lsl.StreamOutlet(faces), lsl.StreamOutlet(markers)

    def stamp(self, frame: Frame) -> float:
        """Return the time of a frame on LSL's clock, seconds.

        The offset between the clocks is measured for each live frame, because UNIX time may be set. A recording has one
        offset, so that its stamps keep the distances of its frames. A state without a frame has the time of a
        recording's last frame; of a camera it is now.
        """
        if not frame.captured_ns:
            return self._last_s if frame.lossless and self._last_s else self._local_clock()
        if not frame.lossless or frame.run != self._run:
            self._run, self._offset_s = frame.run, unix_offset(self._local_clock)
        self._last_s = self._clock(frame) - self._offset_s
        return self._last_s
