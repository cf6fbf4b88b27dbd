"""The rows of `faces.csv`, as text in the order of the columns in `pipeline.batch.columns`."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from pipeline.batch.columns import COLUMNS
from pipeline.messages import BLENDSHAPES, EMOTIONS, Box, Face, Frame

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


class Seen(NamedTuple):
    """What a row says; of a face, what a summary needs."""

    frame: int
    pts_ms: float
    width: int
    height: int
    face: Face | None
    """None in a row of a frame without a face."""


def read_row(cells: Mapping[str, str]) -> Seen:
    """Return what a row says.

    Args:
        cells: Its cells by column.

    Raises:
        ValueError: A cell is not a number, or the time is infinite.
        KeyError: A column is missing.
    """
    face = None
    if cells["track"]:
        fused = tuple(float(cells[name]) for name in EMOTIONS) if cells[EMOTIONS[0]] else None
        facing, blinks = cells.get("facing"), cells.get("blinks")
        face = Face(
            track=int(cells["track"]),
            box=Box(**{side: float(cells[side]) for side in ("x", "y", "width", "height")}),
            score=float(cells["score"]),
            fused=fused,
            label=cells["label"],  # type: ignore[arg-type]
            facing=bool(int(facing)) if facing else None,
            blinks=int(blinks) if blinks else None,
        )
    size, pts_ms = (int(cells["frame_width"]), int(cells["frame_height"])), float(cells["pts_ms"])
    if not isfinite(pts_ms):
        raise ValueError("expected a time")
    return Seen(int(cells["frame"]), pts_ms, *size, face)


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
