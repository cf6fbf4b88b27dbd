"""Sends faces and events to Lab Streaming Layer, beside the EEG, on its clock."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
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

    def close(self) -> None:
        """End the streams."""
        outlets = [outlet for camera in self._cameras.values() for outlet in (camera.faces, camera.markers)]
        if any(outlet.have_consumers() for outlet in outlets):
            time.sleep(LINGER_S)
        self._cameras.clear()

    def _send(self, camera: "_Camera", frame: Frame, events: Sequence[AnyEvent]) -> None:
        stamp = camera.stamp(frame)
        for event in events:
            if text := marker(event):
                camera.markers.push_sample([text], stamp)
                self.counts["markers"] += 1
        if frame.state != "live":
            return
        faces = [sample(event, camera.count) for event in events if isinstance(event, Observation)]
        for values in faces or [nobody(frame, camera.count)]:
            camera.faces.push_sample(values, stamp)
            self.counts["samples"] += 1


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
    """

    def __init__(self, lsl: Any, frame: Frame) -> None:
        name = frame.camera
        described = CHANNELS + (BLENDSHAPE_CHANNELS if frame.blendshapes else ())
        self.count = len(described)
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
