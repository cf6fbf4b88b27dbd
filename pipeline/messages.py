"""The messages between processes.

A `Frame` is one moment of one camera. It travels through every stage and grows on the way: capture adds the pixels,
detect the faces and their crops, emotion their emotions. All types are frozen: a stage yields a changed copy
(`msgspec.structs.replace`). New fields have defaults; a field's type is never changed. An older version on another
machine ignores a new field of frames and faces, and what it forwards lacks it.
"""

from typing import Annotated, Any, Literal

import msgspec
import numpy as np

Emotion = Literal["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
EMOTIONS: tuple[Emotion, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven classes in the order of FER2013; every array and tuple of probabilities follows it."""

Label = Literal["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "uncertain"]
"""What is shown: an emotion, or `uncertain` where the face is too small, too blurred, turned away or ambiguous."""

Language = Literal["en", "fr"]
"""Language of labels, pages and reports; machine-readable output is not translated."""

Sight = Literal["detected", "followed", "uncertain"]
"""How a face was seen: `detected` in this frame; `followed` by optical flow since the last detection; `uncertain`
while the second opinion cannot read it, for example behind a hand."""

State = Literal["connecting", "live", "stalled", "offline", "ended"]
"""State of a camera: a `live` frame has pixels; a frame of any other state has none.

`ended` is sent once, by a source that will not come back (a file after its last frame).
"""

Clock = Literal["arrival", "ntp"]
"""Where the time of a frame comes from: its arrival here, or the camera's own clock, by RTCP sender reports."""

Fault = Literal["", "silent", "closed", "unreachable", "absent", "login", "busy", "format", "broken", "crashed"]
"""Kind of a source's error, for translated messages; empty for no error or another kind.

`silent` nothing arrives, `closed` the camera ended the stream, `unreachable` it cannot be reached or opened,
`absent` there is no such device, file or address, `login` user and password were refused, `busy` another program uses
it, `format` no frame can be decoded from it, `broken` the stream broke off, `crashed` this program failed on it.
"""

Reason = Literal["condition", "missing", "ended", "removed"]
"""Why an alert was cleared: its condition no longer holds, its data is missing, the recording has ended, or the config
has no such alert or camera any more."""

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Probabilities = Annotated[tuple[float, ...], msgspec.Meta(min_length=7, max_length=7)]
"""Seven numbers in the order of `EMOTIONS`."""

_SIDES = {
    "brow": ("Down", "OuterUp"),
    "cheek": ("Squint",),
    "eye": ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide"),
    "mouth": ("Dimple", "Frown", "LowerDown", "Press", "Smile", "Stretch", "UpperUp"),
    "nose": ("Sneer",),
}
_WHOLE = {
    "brow": ("InnerUp",),
    "cheek": ("Puff",),
    "jaw": ("Forward", "Left", "Open", "Right"),
    "mouth": (*("Close", "Funnel", "Left", "Pucker", "Right", "RollLower", "RollUpper", "ShrugLower", "ShrugUpper"),),
}
BLENDSHAPES: tuple[str, ...] = (
    "_neutral",
    *sorted(
        [part + move for part, moves in _WHOLE.items() for move in moves]
        + [part + move + side for part, moves in _SIDES.items() for move in moves for side in ("Left", "Right")]
    ),
)
"""MediaPipe's names of the 52 blendshapes, in its order; left and right are the person's own."""
Blendshapes = Annotated[tuple[float, ...], msgspec.Meta(min_length=52, max_length=52)]
"""Scores in the order of `BLENDSHAPES`, 0 to 1."""

Region = tuple[Share, Share, Share, Share]
"""Part of a frame: x, y, width and height as shares of its size."""

Array = np.ndarray[Any, np.dtype[np.uint8]]


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all messages: immutable, named fields, unknown fields refused."""


class Box(Message, frozen=True, kw_only=True):
    """An axis-aligned rectangle in pixels of the frame; (x, y) is its upper left corner; it may reach outside."""

    x: float
    y: float
    width: float
    height: float


class Zone(Message, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A polygon or a line in the frame of a camera."""

    name: str
    points: tuple[tuple[Share, Share], ...]
    """x and y as shares of the frame's width and height."""
    line: bool = False
    screen_deg: float | None = None
    """Yaw of a face in the zone that looks at the zone's screen, degrees; None: the camera is the screen."""


class Face(Message, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """One person's face in one frame."""

    track: int
    """Identity within its camera and `Frame.start`: positive, stable while the person stays, never used again."""
    box: Box
    score: float
    """The detector's confidence, 0 to 1."""
    seen: Sight = "detected"
    crop: int | None = None
    """Index of this face's crop in `Frame.crops`; None if the face is not due for classification."""
    size: float = 0.0
    """Side of the square cut out for classification, in pixels of the frame (before it is scaled to the crop)."""
    sharpness: float = 0.0
    """Variance of the crop's Laplacian, in squared gray levels; low means blurred."""
    yaw: float | None = None
    """Turn of the head, degrees, positive towards the right edge of the frame; None if the pose is not measured."""
    pitch: float | None = None
    """Nod of the head, degrees, positive upwards."""
    roll: float | None = None
    """Tilt of the head, degrees, positive clockwise in the frame."""
    facing: bool | None = None
    """Whether the face is turned towards the camera; None, as below, if `[landmarks]` did not measure it."""
    eye_left: float | None = None
    """Eye aspect ratio of the person's own left eye: distance of the lids over that of the corners."""
    eye_right: float | None = None
    """The same of the right eye."""
    mouth: float | None = None
    """Opening of the mouth: distance of the lips over that of the mouth's corners; 0 is closed."""
    blinks: int | None = None
    """Blinks of the person so far; None also with less than 15 measured frames in the last second."""
    blendshapes: Blendshapes | None = None
    """Scores of MediaPipe's larger landmark network; None with another one."""
    raw: Probabilities | None = None
    """Probabilities from this frame's crop alone."""
    fused: Probabilities | None = None
    """Probabilities fused over the track's recent frames."""
    label: Label = "uncertain"
    confidence: float = 0.0
    """Fused probability of the strongest emotion, 0 to 1."""


class Alert(Message, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """An alert of the config that is raised, or was a moment ago."""

    id: str
    """Identifies this time it is raised; the same after a restart."""
    name: str
    """The alert's table in the config."""
    camera: str
    when: str
    """Its condition."""
    text: str = ""
    """What to say to people; empty: the condition."""
    raised_s: float
    """When it was raised, UNIX seconds of the camera's stream."""
    values: dict[str, float] = {}
    """The condition's quantities at that time; shares from 0 to 1, durations in seconds."""
    cleared_s: float = 0.0
    """When it was cleared, 0 while it is raised."""
    reason: Reason | None = None
    """Why it was cleared."""
    personal: bool = False
    """Whether outputs with `aggregate_only` do not publish it: it concerns people, and perhaps a single one."""

    @property
    def lasted_s(self) -> float:
        """For how long it was raised, seconds; 0 if the clock was set back further in the meantime."""
        return max(0.0, self.cleared_s - self.raised_s)


class Slot(Message, frozen=True, kw_only=True):
    """Where a frame's pixels lie: one slot of a shared-memory ring."""

    ring: str
    """Name of the ring's file in the run directory."""
    index: int
    generation: int
    """How often the slot has been filled; another number means that the reader came too late."""


class Panel(Message, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A panel of bars that was drawn on a frame, and what it covers; see `models.display.drawing.covered`."""

    rect: tuple[int, int, int, int]
    """Left, top, right and bottom, pixels."""
    size: tuple[int, int]
    """Columns and rows of `pixels`."""
    pixels: bytes
    """I420, smaller than the panel."""
    least_width: int
    """Columns in which the whole frame must be shown for the panel to be readable."""


class Frame(Message, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """One frame of one camera: its pixels, its faces and their emotions."""

    camera: str
    run: int = 0
    """Start of the source process (`time.time_ns()`); a new number means: discard all state of this camera."""
    seq: int = 0
    """Number of the decoded frame within the run, from 0; a gap means dropped frames. In a frame of state `ended`: the
    total number of frames the source sent."""
    order: int = 0
    """Number of frames the source process sent before this one, including frames without pixels: the order in which
    stages process the frames of one `run`."""
    sent_ns: int = 0
    """When the last stage sent it, by the clock of that machine (`time.time_ns()`); 0 between stages of one machine."""
    captured_ns: int = 0
    """Arrival of the frame (`time.time_ns()`), from which its age counts."""
    taken_ns: int = 0
    """Best estimate of when the camera took the frame (`time.time_ns()`), later than that of the frame before; 0 where
    nothing but its arrival is known."""
    clock: Clock = "arrival"
    """Where `taken_ns` comes from."""
    clock_offset_ns: int = 0
    """This machine's clock minus the camera's, with the delay of the network; 0 where the camera gives no time."""
    pts_ns: int = 0
    """Position in the stream: of a file, from its container's start (the video may begin later than the sound); of a
    camera, from its first frame."""
    started_ns: int = 0
    """When position 0 was recorded (`time.time_ns()`), 0 where unknown: a file's creation time, or `started_at`."""
    fps: float = 0.0
    """Nominal rate of the stream, frames per second; 0 where unknown or variable."""
    duration_ns: int = 0
    """Length of the stream, 0 where unknown (live)."""
    state: State = "live"
    error: str | None = None
    """Why the camera is not live, or what was wrong with a file that ended early; one line."""
    fault: Fault = ""
    """Kind of the error."""
    lossless: bool = False
    """True for recordings: wait for a slow stage. False for live cameras: drop, the newest frame wins."""
    width: int = 0
    height: int = 0
    region: Region | None = None
    """Part of the frame in which faces are detected; None for all of it."""
    zones: tuple[Zone, ...] = ()
    """The zones and lines of the camera, in shares of the whole frame."""
    slot: Slot | None = None
    """The lease on the pixels; only the runner uses it."""
    pixels: Array | None = None
    """The pixels in I420, `uint8[height * 3 // 2, width]`, width and height even: `height` rows of luma, then both
    chroma planes at half size, one after the other. None unless the state is `live` and the stage reads pixels."""
    full_range: bool = False
    """Whether luma goes from 0 to 255, as most MJPEG cameras send it, instead of from 16 to 235."""
    colorimetry: str = ""
    """Range, matrix, transfer and primaries of the pixels as GStreamer writes them (`bt709`, `1:4:0:0`), empty where
    unknown; for stages that encode the frame again."""
    faces: tuple[Face, ...] = ()
    hidden: tuple[Box, ...] = ()
    """Faces without a track (too weak, too small or too many), faces detected a moment ago, and what the second opinion
    refuses; used only to blur faces."""
    blendshapes: bool = False
    """Whether `[landmarks]` measures the blendshapes of this camera's faces, so that tables have columns for them."""
    counted_ns: int = 0
    """Arrival of the frame at which the tracker started numbering; 0 before that. A new value, after the camera or the
    tracking stage restarted, means: the same track number is another person."""
    crops: Array | None = None
    """The faces due for classification, `uint8[n, size, size]`, gray."""
    panels: tuple[Panel, ...] = ()
    """The panels that the overlay has drawn, for outputs that show the frame small."""
    saving: int = 0
    """Level of load shedding under overload, see `models.following.load`; 0 = none."""
    model: str = ""
    """Name and first digits of the hash of the network that classified the faces."""
    alerts: tuple[Alert, ...] | None = None
    """The camera's alerts, and those of cameras that send nothing; None if the config has none, or before the stage
    that raises them."""
    watched: dict[str, bool] = {}
    """Names of the config's alerts for this camera, raised or not, and whether they are personal, as `Alert`."""

    @property
    def start(self) -> tuple[int, int]:
        """Return the start of the track numbering; when it changes, discard all tracks."""
        return self.run, self.counted_ns

    @property
    def at_ns(self) -> int:
        """Return the best estimate of when the frame was taken (`time.time_ns()`)."""
        return self.taken_ns or self.captured_ns

    @property
    def since_ns(self) -> int:
        """Return the start of the track numbering (`time.time_ns()`): camera, this and track identify a person."""
        return self.counted_ns or self.run
