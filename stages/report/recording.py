"""Reads a recording's results from the folder that the output `table` writes."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.display.timeline import PersonTimeline
from models.over_time.moments import Moment, Moments
from pipeline.batch.columns import FACE_COLUMNS, FIRST_COLUMNS, is_faces_table
from pipeline.batch.results import SUMMARY, TABLE, Summary, merge
from pipeline.errors import InputError
from pipeline.messages import EMOTIONS

_Look = tuple[float, int, tuple[float, ...] | None, str, float]
"""Time in seconds, track, fused probabilities, label and confidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Figures by which recordings are compared.

    Attributes:
        duration_s: Duration.
        people: Number of people.
        seconds: Seconds for which each label was shown, over all people.
        changes: Number of label changes.
        uncertain: Share of uncertain classifications, 0 to 1.
        confidence: Mean probability of the most probable emotion over all usable classifications; None without any.
    """

    duration_s: float
    people: int
    seconds: dict[str, float]
    changes: int
    uncertain: float
    confidence: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recording's results.

    Attributes:
        folder: Their folder.
        title: Title of the recording.
        summary: `summary.json`.
        people: All people, ordered by number.
        confidences: Probability of the most probable emotion in each classification, 0 to 1, `float64[n]`.
        labels: Number of classifications per label.
        moments: All label changes, ordered by time.
    """

    folder: Path
    title: str
    summary: Summary
    people: list[PersonTimeline]
    confidences: NDArray[np.float64]
    labels: dict[str, int]
    moments: list[Moment]

    @property
    def facts(self) -> Facts:
        """Figures by which it is compared."""
        known = self.confidences[self.confidences > 0]
        return Facts(
            duration_s=self.summary.duration_s,
            people=len(self.people),
            seconds=self.summary.seconds,
            changes=len(self.moments),
            uncertain=self.labels.get("uncertain", 0) / max(1, sum(self.labels.values())),
            confidence=float(known.mean()) if known.size else None,
        )


def is_recording(folder: Path) -> bool:
    """Return whether a folder holds a recording's results."""
    return (folder / SUMMARY).is_file() and (folder / TABLE).is_file()


def read_recording(folder: Path, title: str = "") -> Recording:
    """Read a folder.

    Args:
        folder: Folder that the output `table` wrote.
        title: Title of the recording; empty for the camera's name.

    Raises:
        InputError: A file is missing or not valid.
    """
    try:
        summary = msgspec.json.decode((folder / SUMMARY).read_bytes(), type=Summary)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"expected a summary of a recording, found {folder / SUMMARY}: {error}") from error
    people: dict[int, PersonTimeline] = {}
    counts: dict[str, int] = {}
    confidences: list[float] = []
    found: list[Moment] = []
    moments = Moments()
    for time_s, track, fused, label, confidence in _rows(folder / TABLE):
        person = people.setdefault(track, PersonTimeline(track))
        person.times_s.append(time_s)
        person.labels.append(label)
        person.probabilities.append(fused)
        confidences.append(confidence)
        counts[label] = counts.get(label, 0) + 1
        if moment := moments.update(track, label, fused, time_s):
            found.append(moment)
    for one in merge(summary.tracks):
        if one.track in people:
            people[one.track].seconds = one.seconds
    return Recording(
        folder=folder,
        title=title or summary.camera,
        summary=summary,
        people=sorted(people.values(), key=lambda person: person.track),
        confidences=np.array(confidences, np.float64),
        labels=counts,
        moments=found,
    )


def _rows(path: Path) -> Iterator[_Look]:
    from pyarrow import ArrowInvalid, csv, float64, int64, string

    types = {one.name: string() if one.type == "text" else float64() for one in FACE_COLUMNS} | {"track": int64()}
    options = csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=False)
    try:
        # in blocks: a day in a busy room has millions of rows
        with csv.open_csv(path, convert_options=options) as blocks:
            if not is_faces_table(blocks.schema.names):
                found = ", ".join(blocks.schema.names)
                raise InputError(f"expected the columns {', '.join(FIRST_COLUMNS)}, found {found}, in {path}")
            for block in blocks:
                yield from _looks({name: block[name].to_pylist() for name in FIRST_COLUMNS}, path)
    except (OSError, ArrowInvalid) as error:
        raise InputError(f"expected a table of faces, found {path}: {error}") from error


def _looks(columns: Mapping[str, list[Any]], path: Path) -> Iterator[_Look]:
    fused = zip(*(columns[name] for name in EMOTIONS), strict=True)
    for at, track, row, label, confidence in zip(
        columns["pts_ms"], columns["track"], fused, columns["label"], columns["confidence"], strict=True
    ):
        if track is None and confidence is None and not label and at is not None:
            continue  # a frame without a face
        if None in (at, track, confidence):
            raise InputError(f"expected time, track and confidence in every row, found one without, in {path}")
        yield at / 1e3, track, None if None in row else row, sys.intern(label), confidence
