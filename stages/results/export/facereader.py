"""FaceReader's detailed log: a file per person, tab-separated, a row per frame with the probability of each emotion."""

from bisect import bisect
from collections.abc import Sequence

import numpy as np

from pipeline.messages import EMOTIONS
from stages.results.export.document import Document, Person, one_line
from stages.results.export.frames import every_frame

COLUMNS = {
    "Neutral": "neutral",
    "Happy": "happy",
    "Sad": "sad",
    "Angry": "angry",
    "Surprised": "surprise",
    "Scared": "fear",
    "Disgusted": "disgust",
}
"""FaceReader's names, in its order, and ours."""
EVENTS = "Event Marker"
"""Its column for events, here the markers of other programs."""
NO_FACE, UNCERTAIN = "FIND_FAILED", "FIT_FAILED"
"""Its words for a frame in which the person is not seen, and for a face from which no emotion is read."""


def write(document: Document) -> dict[str, str]:
    """Return a log by suffix for each person; a recording without faces gets one, all rows `FIND_FAILED`."""
    people = document.people or [Person(0, "Person 1", [])]
    if len(people) == 1:
        return {"_detailed.txt": _log(document, people[0])}
    return {f"_{person.track}_detailed.txt": _log(document, person) for person in people}


def _log(document: Document, person: Person) -> str:
    summary = document.results.summary
    source = one_line(document.media.absolute) if document.media else ""
    lines = [
        "Video analysis detailed log",
        "Face Model:\tEmobot",
        "Calibration:\tNone",
        f"Participant name:\t{person.name}",
        f"Filename:\t{source}",
        f"Frame rate:\t{summary.fps}",
        f"Neural network:\t{one_line(summary.model)}",
        "",
        "\t".join(["Video Time", *COLUMNS, *([EVENTS] if document.marks else [])]),
    ]
    results = document.results
    mine = results.track == person.track
    rows = dict(zip(results.pts_ms[mine].tolist(), np.flatnonzero(mine).tolist(), strict=True))
    order = [EMOTIONS.index(name) for name in COLUMNS.values()]
    times = every_frame(results)[1].tolist()
    events = _events(document, times)
    for number, at in enumerate(times):
        row = rows.get(at)
        if row is None:
            cells = [NO_FACE] * len(COLUMNS)
        elif results.label[row] == "uncertain" or np.isnan(results.probabilities[row]).any():
            cells = [UNCERTAIN] * len(COLUMNS)
        else:
            cells = [f"{value:.4f}" for value in results.probabilities[row, order].tolist()]
        lines.append("\t".join([_clock(at), *cells, *([events.get(number, "")] if document.marks else [])]))
    return "\n".join(lines) + "\n"


def _events(document: Document, times: Sequence[float]) -> dict[int, str]:
    """Return the markers' texts by index of the frame in which they were sent."""
    found: dict[int, list[str]] = {}
    for mark in document.marks if times else ():
        found.setdefault(max(0, bisect(times, mark.at_ms) - 1), []).append(mark.text)
    return {number: "; ".join(texts) for number, texts in found.items()}


def _clock(ms: float) -> str:
    """Return HH:MM:SS.mmm, truncated as FaceReader does."""
    # 2999.9999999999995 is a sum's rounding error, not a time before 3 s
    whole = int(ms + 1e-6)
    return f"{whole // 3_600_000:02d}:{whole // 60_000 % 60:02d}:{whole // 1000 % 60:02d}.{whole % 1000:03d}"
