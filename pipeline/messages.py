"""The vocabulary: what one process tells the next.

A `Frame` is one moment of one camera. It travels through every stage and grows on the way: capture adds the picture,
detect the faces and their crops, emotion what they express. All types are frozen: a stage yields a changed copy
(`msgspec.structs.replace`). New fields have defaults; a field's type is never changed, so old and new processes
understand each other.
"""

from typing import Annotated, Any, Literal

import msgspec
import numpy as np

Emotion = Literal["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
EMOTIONS: tuple[Emotion, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven classes in the order of FER2013; every array and tuple of probabilities follows it."""

Label = Literal["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "uncertain"]
"""What is shown: an emotion, or `uncertain` where the face is too small, too blurred or ambiguous."""

Language = Literal["en", "fr"]
"""What people are told in: labels on pictures, pages, reports. What programs read stays as it is."""

State = Literal["connecting", "live", "stalled", "offline", "ended"]
"""What a camera does: `live` comes with a picture; every other state comes without one.

`ended` is said once, by a source that will not come back (a file after its last frame).
"""

Fault = Literal["", "silent", "closed", "unreachable", "absent", "login", "busy", "format", "broken", "crashed"]
"""What kind of thing is wrong with a source, for those who tell it to people in their language; empty for nothing, or
for what is of no kind.

`silent` nothing arrives, `closed` the camera ended the stream, `unreachable` it cannot be connected to or opened,
`absent` there is no such device, file or address, `login` user and password were refused, `busy` another program uses
it, `format` no picture can be decoded from it, `broken` it broke off, `crashed` this program failed on it.
"""

Probabilities = Annotated[tuple[float, ...], msgspec.Meta(min_length=7, max_length=7)]
"""Seven numbers in the order of `EMOTIONS`."""

Array = np.ndarray[Any, np.dtype[np.uint8]]


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The policy of everything that travels: immutable, named fields, unknown fields refused."""


class Box(Message, frozen=True, kw_only=True):
    """An axis-aligned rectangle in pixels of the frame; (x, y) is its upper left corner; it may reach outside."""

    x: float
    y: float
    width: float
    height: float


class Face(Message, frozen=True, kw_only=True):
    """One person's face in one frame."""

    track: int
    """Identity within its camera and `Frame.start`: positive, stable while the person stays, never used again."""
    box: Box
    score: float
    """The detector's confidence, 0 to 1."""
    crop: int | None = None
    """Index of this face's picture in `Frame.crops`; None where the face is not due for classification."""
    size: float = 0.0
    """Side of the square cut out for classification, in pixels of the frame (before it is scaled to the crop)."""
    sharpness: float = 0.0
    """Variance of the crop's Laplacian, in squared gray levels; low means blurred."""
    raw: Probabilities | None = None
    """What the network said of this frame's crop."""
    fused: Probabilities | None = None
    """What is believed after fusing the track's recent frames."""
    label: Label = "uncertain"
    confidence: float = 0.0
    """Fused probability of the strongest emotion, 0 to 1."""


class Slot(Message, frozen=True, kw_only=True):
    """Where a frame's pixels lie: one slot of a shared-memory ring."""

    ring: str
    """Name of the ring's file in the run directory."""
    index: int
    generation: int
    """Counts how often the slot was filled; a reader that finds another number came too late."""


class Frame(Message, frozen=True, kw_only=True):
    """One moment of one camera: its picture, the faces in it, what they express."""

    camera: str
    run: int = 0
    """Start of the source process (`time.time_ns()`); another number means: forget what you know of this camera."""
    seq: int = 0
    """Number of the decoded picture within the run, from 0; a gap means dropped pictures. In a frame of state `ended`:
    how many pictures the source sent in all."""
    order: int = 0
    """How many frames the source process sent before this one, those without a picture included: the order in which
    stages process the frames of one `run`."""
    sent_ns: int = 0
    """When the last stage sent it, by the clock of that machine (`time.time_ns()`); 0 between stages of one machine."""
    captured_ns: int = 0
    """Arrival of the picture (`time.time_ns()`), the zero of its age."""
    pts_ns: int = 0
    """Position in the stream: of a file, from its container's start (the video may begin later than the sound); of a
    camera, from its first picture."""
    started_ns: int = 0
    """When position 0 was recorded (`time.time_ns()`), 0 where unknown: a file's creation time, or `started_at`."""
    fps: float = 0.0
    """Nominal rate of the stream, pictures per second; 0 where unknown or variable."""
    duration_ns: int = 0
    """Length of the stream, 0 where unknown (live)."""
    state: State = "live"
    error: str | None = None
    """Why the camera is not live, or what was wrong with a file that ended early; one line."""
    fault: Fault = ""
    """Of which kind that is."""
    lossless: bool = False
    """True for recordings: wait for a slow stage. False for live cameras: drop, the newest picture wins."""
    width: int = 0
    height: int = 0
    slot: Slot | None = None
    """The lease on the pixels; only the runner looks at it."""
    pixels: Array | None = None
    """The picture in I420, `uint8[height * 3 // 2, width]`, width and height even: `height` rows of luma, then both
    chroma planes at half size, one after the other. None unless the state is `live` and the stage reads pixels."""
    full_range: bool = False
    """Whether luma goes from 0 to 255, as most MJPEG cameras send it, instead of from 16 to 235."""
    colorimetry: str = ""
    """Range, matrix, transfer and primaries of the pixels as GStreamer writes them (`bt709`, `1:4:0:0`), empty where
    unknown; for those who encode them again."""
    faces: tuple[Face, ...] = ()
    hidden: tuple[Box, ...] = ()
    """Faces too weak, small or many to be taken up, and those that were there a moment ago; only for whoever makes
    faces unrecognisable."""
    counted_ns: int = 0
    """Arrival of the picture from which the people were counted, by whoever follows them; 0 before that. Another one,
    after a start of the camera or of the stage that follows, means: the same track is somebody else."""
    crops: Array | None = None
    """The faces due for classification, `uint8[n, size, size]`, gray."""
    saving: int = 0
    """What is left out because the machine is full, see `models.following.load`; 0 for nothing."""
    model: str = ""
    """Name and first digits of the hash of the network that classified the faces."""

    @property
    def start(self) -> tuple[int, int]:
        """Return what track numbers count from; where it changes, forget whom you know by their number."""
        return self.run, self.counted_ns

    @property
    def since_ns(self) -> int:
        """Return since when people are counted (`time.time_ns()`): camera, this, and track are one person."""
        return self.counted_ns or self.run
