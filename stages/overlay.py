"""Draws the results on the frames: boxes, labels, bars and the camera's state. Also blurs faces."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from models.display.drawing import Canvas, Rect
from models.display.drawing.covered import Covered
from models.display.drawing.face import FaceView, draw_box, draw_panel, draw_tag
from models.display.drawing.plates import draw_notice, draw_status
from models.display.drawing.style import Style
from models.display.drawing.zones import draw_zone, draw_zone_name
from models.display.palette import PALETTE
from models.following.load import SHOW_EVERY, SHOWN_LATE_S
from models.over_time.rate import FrameRate
from models.search.region import around, region_of
from models.search.tiles import Region
from pipeline.messages import EMOTIONS, Box, Face, Frame, Language, Panel
from pipeline.per_camera import PerCamera
from pipeline.stage import Stage
from stages.zones.watching import CameraZones

REFRESH_S = 0.5
"""Seconds between updates of the numbers shown; numbers that change with every frame cannot be read."""
_BLOCKS = 8
"""Width of a blurred face in squares; at 8 neither people nor programs recognise it."""
_BLUR_MARGIN = 0.2
"""Margin around a blurred face as a fraction of its box, whose edges are at the brow and the chin."""


class Overlay(Stage):
    """Draws boxes, labels, probability bars and the camera's state on the frames.

    Args:
        labels: Language of the labels: `en` or `fr`.
        bars: Draw the seven probabilities beside each face where there is room.
        boxes: Draw each face's box with its label, confidence and track number, and the camera's `region`.
        zones: Draw the camera's zones with the number of people in them, and its lines with an arrow towards `in`.
        status: Draw the camera's name with its frame rate and frame age, or the position in a recording.
        blur_faces: Pixelate every detected face beyond recognition.
        notice: Text at the bottom of every frame, for example that emotions are being recognised here.
        scale: Size of text and lines; 1 suits 720 rows, 0 follows the frame's height.
    """

    pixels = "write"

    def __init__(
        self,
        *,
        labels: Language = "en",
        bars: bool = True,
        boxes: bool = True,
        zones: bool = False,
        status: bool = True,
        blur_faces: bool = False,
        notice: str = "",
        scale: Annotated[float, Meta(ge=0, le=10)] = 0.0,
    ) -> None:
        self._labels = labels
        self._bars = bars
        self._boxes = boxes
        self._zones = PerCamera(lambda _: CameraZones(), each="people") if zones else None
        self._status = status
        self._blur_faces = blur_faces
        self._notice = notice
        self._scale = scale
        self.cameras = PerCamera(lambda _: _Camera(), each="stream")
        """What is remembered of each camera."""
        self.now_ns: Callable[[], int] = time.time_ns
        """The clock for the age of frames; tests replace it."""

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Draw on every frame with pixels and yield it; at load-shedding level 4, skip up to every second, if late."""
        for frame in frames:
            if frame.state == "ended":
                self.cameras.pop(frame.camera)
            elif frame.state == "live" and frame.pixels is not None:
                if self._zones is not None:
                    deque(self._zones.of(frame).see(frame), maxlen=0)
                camera = self.cameras.of(frame)
                if camera.skips(SHOW_EVERY[frame.saving], self.now_ns() - frame.captured_ns):
                    continue
                panels = self._draw(Canvas(frame.pixels, frame.full_range), frame, camera)
                frame = replace(frame, panels=panels) if panels else frame
            yield frame

    def _draw(self, canvas: Canvas, frame: Frame, camera: "_Camera") -> tuple[Panel, ...]:
        """Draw on a frame; return the panels with what they cover."""
        style = Style.of(canvas.bounds.height, self._scale, self._labels)
        faces = [_view(face) for face in frame.faces]
        region = region_of(frame.region, canvas.bounds.width, canvas.bounds.height) if frame.region else None
        if self._blur_faces:
            for part in around(region, canvas.bounds.width, canvas.bounds.height) if region else ():
                # no face is detected there
                canvas.pixelate(_rect_of(part), _BLOCKS)
            for box in (*(face.box for face in faces), *map(_rect, frame.hidden)):
                margin = round(_BLUR_MARGIN * box.width), round(_BLUR_MARGIN * box.height)
                canvas.pixelate(box.grown(*margin), _BLOCKS)
        taken: list[Rect] = []
        zones = frame.zones if self._zones is not None else ()
        for zone in zones:
            draw_zone(canvas, style, zone.points, is_line=zone.line)
        if self._status:
            parts = [frame.camera, *camera.status(frame, self.now_ns)]
            taken.append(draw_status(canvas, style, parts))
        if self._notice:
            taken.append(draw_notice(canvas, style, self._notice))
        if self._zones is not None:
            count = self._zones.of(frame).occupancy()
            for zone in zones:
                text = zone.name if zone.line else f"{zone.name}: {count[zone.name]}"
                taken.append(draw_zone_name(canvas, style, text, zone.points, taken))
        taken.extend(face.box for face in faces)
        if self._boxes:
            if region:
                canvas.outline(_rect_of(region), PALETTE["uncertain"], 2)
            for face in faces:
                draw_box(canvas, style, face)
            for face in faces:
                taken.append(draw_tag(canvas, style, face, taken))
        places = {}
        kept: list[Covered] = []
        if self._bars:
            for face in faces:
                before = camera.places.get(face.track)
                if face.bars and (drawn := draw_panel(canvas, style, face, taken, before, kept)):
                    places[face.track] = drawn[0]
                    taken.append(drawn[1])
        camera.places = places
        return tuple(Panel(**panel._asdict()) for panel in kept)


def _view(face: Face) -> FaceView:
    probabilities = face.fused or face.raw or ()
    return FaceView(
        track=face.track,
        box=_rect(face.box),
        label=face.label,
        confidence=face.confidence,
        bars=tuple(zip(EMOTIONS, probabilities, strict=True)) if probabilities else (),
    )


def _rect_of(region: Region) -> Rect:
    return Rect(region.x, region.y, region.x + region.width, region.y + region.height)


def _rect(box: Box) -> Rect:
    x0, y0 = 2 * round(box.x / 2), 2 * round(box.y / 2)
    return Rect(x0, y0, x0 + max(2, 2 * round(box.width / 2)), y0 + max(2, 2 * round(box.height / 2)))


@dataclass(slots=True)
class _Camera:
    """State of one camera."""

    places: dict[int, int] = field(default_factory=dict)
    """Last position of each face's panel, by track."""
    rate: FrameRate = field(default_factory=FrameRate)
    shown: tuple[str, ...] = ()
    shown_ns: int = 0
    count: int = 0

    def skips(self, every: int, age_ns: int) -> bool:
        """Return whether to skip the next frame, which is `age_ns` old; at least one in `every` is shown."""
        self.count += 1
        return self.count % every != 0 and age_ns > SHOWN_LATE_S * 1e9

    def status(self, frame: Frame, now_ns: Callable[[], int]) -> tuple[str, ...]:
        """Return frame rate and age of a live frame, or the position in a recording (the same in every run)."""
        if frame.lossless:
            end = f" / {_clock(frame.duration_ns, 0)}" if frame.duration_ns else ""
            return (_clock(frame.pts_ns, 1) + end,)
        self.rate.update(frame.seq, frame.captured_ns / 1e9)
        if not self.shown or not 0 <= frame.captured_ns - self.shown_ns < REFRESH_S * 1e9:
            fps = (f"{self.rate.fps:.0f} fps",) if self.rate.fps else ()
            age_ms = max(0, now_ns() - frame.captured_ns) / 1e6
            age = f"{age_ms:.0f} ms" if age_ms < 1000 else f"{age_ms / 1000:.1f} s"
            # The first frame has no rate yet; the next one shows it.
            self.shown, self.shown_ns = (*fps, age), frame.captured_ns if fps else 0
        return self.shown


def _clock(position_ns: int, digits: int) -> str:
    tenths = position_ns // 100_000_000
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{tenths // 10:02}" + (f".{tenths % 10}" if digits else "")
    return f"{hours}:{minutes:02}:{seconds}" if hours else f"{minutes}:{seconds}"
