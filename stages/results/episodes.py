"""Cuts a person's rows into episodes: spans of time with one label."""

from dataclasses import dataclass

import numpy as np

from stages.results.reading import Results


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A span of time in which a person showed one label.

    Attributes:
        start_ms: Start of its first frame, milliseconds from the container's start.
        end_ms: End of its last frame, which is the start of the frame after it.
        label: An emotion, or `uncertain`.
        track: The person.
    """

    start_ms: float
    end_ms: float
    label: str
    track: int


def episodes(results: Results, track: int) -> list[Episode]:
    """Return a person's episodes, ordered by time; they do not overlap, and absence is a gap between them."""
    rows = np.flatnonzero(results.track == track)
    # one row per frame: `persons.csv` may join two tracks that were seen at the same time
    _, first = np.unique(results.pts_ms[rows], return_index=True)
    rows = rows[first]
    if not rows.size:
        return []
    at = np.searchsorted(results.frame_pts_ms, results.pts_ms[rows])
    starts, ends, labels = results.frame_pts_ms[at], results.frame_end_ms[at], results.label[rows]
    cuts = np.flatnonzero((starts[1:] > ends[:-1]) | (labels[1:] != labels[:-1])) + 1
    firsts, lasts = np.append(0, cuts), np.append(cuts, len(rows)) - 1
    return [
        Episode(start_ms=float(starts[a]), end_ms=float(ends[b]), label=str(labels[a]), track=track)
        for a, b in zip(firsts, lasts, strict=True)
    ]
