"""The rows of `faces.csv`, as text in the order of the columns in `pipeline.batch.columns`."""

from collections.abc import Sequence

from pipeline.batch.columns import COLUMNS
from pipeline.messages import BLENDSHAPES, EMOTIONS, Face, Frame

Row = list[str]

_BETWEEN = COLUMNS.index("frame_width") - COLUMNS.index("track")
_AFTER = len(COLUMNS) - COLUMNS.index("frame_height") - 1


def face_row(frame: Frame, face: Face, *, blendshapes: bool = False) -> Row:
    """Return the row of a face, with or without blendshapes."""
    box = face.box
    place = [f"{value:.1f}" for value in (box.x, box.y, box.width, box.height)]
    # a detector that sets a face's size also sets its sharpness
    sharpness = f"{face.sharpness:.1f}" if face.size and face.crop is not None else ""
    pose = ["" if angle is None else f"{angle:z.1f}" for angle in (face.yaw, face.pitch, face.roll)]
    facing = "" if face.facing is None else str(int(face.facing))
    openings = ["" if ratio is None else f"{ratio:.3f}" for ratio in (face.eye_left, face.eye_right, face.mouth)]
    blinks = "" if face.blinks is None else str(face.blinks)
    return [
        *_moment(frame),
        *(str(face.track), *place, f"{face.score:.3f}"),
        *(*_numbers(face.fused, len(EMOTIONS)), face.label, f"{face.confidence:.4f}"),
        *_size(frame),
        *(*_numbers(face.raw, len(EMOTIONS)), sharpness, face.seen, *pose),
        *(facing, *openings, blinks),
        *(_numbers(face.blendshapes, len(BLENDSHAPES)) if blendshapes else ()),
    ]


def empty_row(frame: Frame, *, blendshapes: bool = False) -> Row:
    """Return the row of a frame without a face: only its number, position and size."""
    after = _AFTER + (len(BLENDSHAPES) if blendshapes else 0)
    return [*_moment(frame), *[""] * _BETWEEN, *_size(frame), *[""] * after]


def _moment(frame: Frame) -> Row:
    return [str(frame.seq), f"{frame.pts_ns / 1e6:.3f}"]


def _size(frame: Frame) -> Row:
    return [str(frame.width), str(frame.height)]


def _numbers(values: Sequence[float] | None, count: int) -> Row:
    return [f"{value:.4f}" for value in values] if values else [""] * count
