"""Tracks made by hand."""

from collections.abc import Mapping

import numpy as np

from stages.results.persons.tracks import Rows, Track, find_tracks

Seen = Mapping[int, tuple[range, float, float]]
"""Track to its frames, the centre of its faces as a share of the width, and their height in pixels."""


def rows_of(seen: Seen, size: tuple[float, float] = (320.0, 240.0), fps: float = 10.0) -> Rows:
    """Return the faces of tracks in the middle of the frame's height."""
    found = [
        (frame, track, x * size[0] - height / 2, size[1] / 2 - height / 2, height)
        for track, (frames, x, height) in seen.items()
        for frame in frames
    ]
    table = np.array(sorted(found)).reshape(len(found), 5)
    return Rows(
        frame=table[:, 0].astype(np.int64),
        pts_ms=table[:, 0] * 1e3 / fps,
        track=table[:, 1].astype(np.int64),
        box=np.column_stack([table[:, 2:], table[:, 4]]),
        size=np.tile(size, (len(found), 1)),
    )


def tracks_of(seen: Seen) -> list[Track]:
    """Return the tracks themselves."""
    return find_tracks(rows_of(seen))
