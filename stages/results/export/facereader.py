"""FaceReader's detailed log: a file per person, tab-separated, a row per frame with the probability of each emotion."""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from pipeline.messages import EMOTIONS
from stages.results.export.document import Document, Person, one_line
from stages.results.export.formats import facereader_suffixes
from stages.results.export.frames import every_frame
from stages.results.reading import Results

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
MOST_WHOLE = 10
"""People up to whom each log covers the whole recording. Of 240 people in two hours, such logs would take 5 GB."""
NO_FACE, UNCERTAIN = "FIND_FAILED", "FIT_FAILED"
"""Its words for a frame in which the person is not seen, and for a face from which no emotion is read."""


def write(document: Document) -> Iterator[tuple[str, str]]:
    """Yield suffix and log of each person, one in memory at a time; of a recording without faces, one of failures."""
    people = document.people or [Person(0, "Person 1", [])]
    times = every_frame(document.results)[1].tolist()
    events = _events(document, times)
    ends = [f"\t{events.get(number, '')}" if document.marks else "" for number in range(len(times))]
    # most people of a long recording are not seen most of the time
    absent = [_line(_clock(at), [NO_FACE] * len(COLUMNS), end) for at, end in zip(times, ends, strict=True)]
    for person, suffix in zip(people, facereader_suffixes([person.track for person in people]), strict=True):
        seen = dict(_seen(document.results, person, times))
        first, last = (min(seen), max(seen)) if seen and len(people) > MOST_WHOLE else (0, len(times) - 1)
        lines = absent[first : last + 1]
        for number, cells in seen.items():
            lines[number - first] = _line(_clock(times[number]), cells, ends[number])
        yield suffix, "\n".join([*_head(document, person), *lines]) + "\n"


def _head(document: Document, person: Person) -> list[str]:
    summary = document.results.summary
    source = one_line(document.media.absolute) if document.media else ""
    return [
        "Video analysis detailed log",
        "Face Model:\tEmobot",
        "Calibration:\tNone",
        f"Participant name:\t{person.name}",
        f"Filename:\t{source}",
        f"Frame rate:\t{summary.fps}",
        f"Neural network:\t{one_line(summary.model)}",
        "",
        _line("Video Time", COLUMNS, f"\t{EVENTS}" if document.marks else ""),
    ]


def _seen(results: Results, person: Person, times: Sequence[float]) -> Iterator[tuple[int, list[str]]]:
    """Yield the index of each frame in which a person is seen, and the cells of its row."""
    rows = np.flatnonzero(results.track == person.track)
    numbers = np.searchsorted(times, results.pts_ms[rows] - 1e-6)
    order = [EMOTIONS.index(name) for name in COLUMNS.values()]
    for number, row in zip(numbers.tolist(), rows.tolist(), strict=True):
        if results.label[row] == "uncertain" or np.isnan(results.probabilities[row]).any():
            yield number, [UNCERTAIN] * len(COLUMNS)
        else:
            yield number, [f"{value:.4f}" for value in results.probabilities[row, order].tolist()]


def _line(clock: str, cells: Iterable[str], end: str) -> str:
    return "\t".join([clock, *cells]) + end


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
