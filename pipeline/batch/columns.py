"""The columns of `faces.csv` and `faces.parquet`, and the data dictionary that describes them, `columns.json`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from pipeline.messages import BLENDSHAPES, EMOTIONS


class Column(msgspec.Struct, frozen=True):
    """One column of a table."""

    name: str
    type: Literal["integer", "number", "text"]
    unit: str
    """Unit of its values, empty for text and names."""
    meaning: str


def _number(name: str, unit: str, meaning: str) -> Column:
    return Column(name, "number", unit, meaning)


_SHARE = "0 to 1"

FACE_COLUMNS: tuple[Column, ...] = (
    Column("frame", "integer", "", "Number of the frame in the file, from 0."),
    _number("pts_ms", "ms", "Position of the frame, from the container's start; the video may begin later than 0."),
    Column("track", "integer", "", "Number of the person, from 1; empty in a frame without a face (--every-frame)."),
    _number("x", "px", "Left edge of the face's box in the frame."),
    _number("y", "px", "Upper edge of the face's box in the frame."),
    _number("width", "px", "Width of the face's box."),
    _number("height", "px", "Height of the face's box."),
    _number("score", _SHARE, "Confidence of the face detector."),
    *(
        _number(name, _SHARE, f"Probability of {name}, fused over the person's recent frames; empty before the first.")
        for name in EMOTIONS
    ),
    Column("label", "text", "", "Emotion shown, or uncertain: too small, too blurred, turned away or ambiguous."),
    _number("confidence", _SHARE, "Fused probability of the strongest emotion."),
    Column("frame_width", "integer", "px", "Width of the frame; it may change within a file."),
    Column("frame_height", "integer", "px", "Height of the frame."),
    *(
        _number(
            f"raw_{name}", _SHARE, f"Probability of {name} from this frame alone; empty if the face was not classified."
        )
        for name in EMOTIONS
    ),
    _number(
        "sharpness", "squared gray levels", "Variance of the face's Laplacian; low: blurred. Empty like raw_angry."
    ),
    Column(
        "seen",
        "text",
        "",
        "detected: the face was detected in this frame; followed: its box was moved by optical flow since the last"
        " detection; uncertain: the second opinion could not read the face, for example behind a hand.",
    ),
    _number(
        "yaw",
        "degrees",
        "Turn of the head, positive towards the right edge of the frame, measured within 0.5 s before.",
    ),
    _number("pitch", "degrees", "Nod of the head, positive upwards. Empty where the pose is not measured."),
    _number("roll", "degrees", "Tilt of the head, positive clockwise in the frame."),
    Column("facing", "integer", "", "1: the face is turned towards the camera, 0: it is not. Needs [landmarks]."),
    _number("eye_left", "ratio", "Eye aspect ratio of the person's own left eye: lids over corners; as facing."),
    _number("eye_right", "ratio", "The same of the right eye."),
    _number("mouth", "ratio", "Distance of the lips over that of the mouth's corners; 0: closed; as facing."),
    Column("blinks", "integer", "", "Blinks of the person so far; needs model_path in [landmarks] and 15 fps."),
)
"""Columns of `faces.csv`, which has a row for each face and frame. New columns are added at the end."""
BLENDSHAPE_COLUMNS: tuple[Column, ...] = tuple(
    _number(
        f"blendshape_{name}",
        _SHARE,
        "MediaPipe's calibrated remainder, close to 0; ignore it."
        if name == "_neutral"
        else f"Score of MediaPipe's blendshape {name}; empty where the face is covered. Not an action unit.",
    )
    for name in BLENDSHAPES
)
"""Columns behind these, only where `[landmarks]` has MediaPipe's larger network."""
BASELINE_COLUMNS: tuple[Column, ...] = (
    *(
        _number(
            f"baseline_{name}", _SHARE, f"Probability of {name} without the person's own baseline (emobot baseline)."
        )
        for name in EMOTIONS
    ),
    Column("baseline_label", "text", "", "Strongest of these, not smoothed further; uncertain where label is."),
)
"""Columns that `emobot baseline` adds at the end; empty for people without a baseline."""
ALL_COLUMNS = FACE_COLUMNS + BLENDSHAPE_COLUMNS + BASELINE_COLUMNS
COLUMNS = tuple(column.name for column in FACE_COLUMNS)
OLD_COLUMNS = COLUMNS[:17]
"""Columns that every table has, also one written before frames had a size."""


def save_columns(columns: Iterable[Column], path: Path) -> None:
    """Write a data dictionary: a JSON list of objects with name, type, unit and meaning.

    Raises:
        OSError: It cannot be written.
    """
    path.write_bytes(msgspec.json.format(msgspec.json.encode(list(columns)), indent=2) + b"\n")
