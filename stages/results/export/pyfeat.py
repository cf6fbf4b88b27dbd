"""py-feat's table of faces (Fex): a row per face and frame, and one without values for a frame without a face."""

import csv
import io
from typing import Any

import numpy as np

from pipeline.messages import EMOTIONS
from stages.results.export.document import Document, one_line
from stages.results.export.frames import every_frame

POSE = {"Pitch": "pitch", "Roll": "roll", "Yaw": "yaw"}
"""py-feat's angles, in radians, and the columns of `faces.csv`, in degrees; empty where the table has none."""
PLACE = ("X", "Y", "Z")
"""The head's place in space, which nobody measures here. Without these columns py-feat's `Fex.poses` is a KeyError."""
NAMES = {
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprise": "surprise",
    "neutral": "neutral",
}
"""py-feat's emotions, in its order, and ours."""
COLUMNS = (
    *("FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight", "FaceScore"),
    *POSE,
    *PLACE,
    *NAMES,
    *("input", "frame", "Identity", "pts_ms", "label"),
)
"""The last two are ours: py-feat knows only frame numbers as time, and no label."""


def write(document: Document) -> dict[str, str]:
    """Return the table's text by suffix."""
    results = document.results
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    source = one_line(document.media.absolute) if document.media else ""
    names = {person.track: person.name for person in document.people}
    order = [EMOTIONS.index(name) for name in NAMES.values()]
    numbers, times = every_frame(results)
    by_time = np.argsort(results.pts_ms, kind="stable")
    first, last = (np.searchsorted(results.pts_ms[by_time], times, side) for side in ("left", "right"))
    for number, at, begin, end in zip(*(x.tolist() for x in (numbers, times, first, last)), strict=True):
        for row in by_time[begin:end].tolist():
            angles = [
                _cell(np.radians(results.extra[name][row])) if name in results.extra else "" for name in POSE.values()
            ]
            emotions = [_cell(value) for value in results.probabilities[row, order]]
            place = [_cell(value) for value in (*results.box[row], results.extra["score"][row])]
            who, label = names[int(results.track[row])], results.label[row]
            rows.writerow([*place, *angles, *("" for _ in PLACE), *emotions, source, number, who, f"{at:.3f}", label])
        if begin == end:
            blank = [""] * (len(COLUMNS) - 5)
            rows.writerow([*blank, source, number, "", f"{at:.3f}", ""])
    return {"_fex.csv": text.getvalue()}


def _cell(value: Any) -> str:
    return "" if np.isnan(value) else f"{value:.6g}"
