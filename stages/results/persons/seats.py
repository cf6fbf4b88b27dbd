"""Joins tracks by place, for people who stay on their seats: no face is recognised.

Tracks are clustered by the mean centre of their faces (k-means, weighted by the number of faces). A second face at a
seat that is taken is somebody else: a passer-by, an interviewer, a wall that was taken for a face.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from stages.results.persons.tracks import Floats, Ints, Rows, Track

MOST_ROUNDS = 100
HIDDEN = 0.5
"""Minimum share of a track's frames with a larger face on its seat for the track to be somebody else."""


def by_seats(rows: Rows, tracks: Sequence[Track], seats: int) -> dict[int, str]:
    """Return a name for each track: "Person 1" sits furthest left; "" is a track that belongs to nobody.

    Args:
        rows: The faces.
        tracks: Their tracks.
        seats: Number of people, at least 1.
    """
    names: dict[int, str] = {}
    if not tracks:
        return names
    frames, count = _frames(rows)
    for number, seat in enumerate(_clusters(tracks, seats), 1):
        names |= {track.track: f"Person {number}" for track in seat}
        names |= dict.fromkeys(_hidden(frames, count, seat), "")
    return names


def _clusters(tracks: Sequence[Track], count: int) -> list[list[Track]]:
    """Return the tracks of each seat, from left to right."""
    # the same unit in both directions: the height of the frame
    places = np.array([(track.x * track.aspect, track.y) for track in tracks])
    weights = np.array([track.faces for track in tracks], np.float64)
    centres = _start(places, weights, count)
    seat = _nearest(places, centres)
    for _ in range(MOST_ROUNDS):
        kept = [seat == i for i in range(len(centres)) if (seat == i).any()]
        centres = np.array([np.average(places[own], axis=0, weights=weights[own]) for own in kept])
        before, seat = seat, _nearest(places, centres)
        if np.array_equal(seat, before):
            break
    order = sorted(range(len(centres)), key=lambda i: tuple(centres[i]))
    return [[track for track, at in zip(tracks, seat, strict=True) if at == i] for i in order]


def _start(places: Floats, weights: Floats, count: int) -> Floats:
    """Return the first centres: the longest track, then those that are both long and far from the others."""
    chosen = [int(weights.argmax())]
    while len(chosen) < min(count, len(places)):
        away = np.min(((places[:, None] - places[chosen]) ** 2).sum(axis=2), axis=1)
        chosen.append(int((weights * away).argmax()))
    return places[chosen]


def _nearest(places: Floats, centres: Floats) -> NDArray[np.intp]:
    return np.asarray(((places[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1))


def _hidden(frames: Mapping[int, Ints], count: int, seat: Sequence[Track]) -> list[int]:
    """Return the tracks that are mostly seen beside a larger one on the same seat.

    Args:
        frames: Indices of each track's frames.
        count: Number of all frames.
        seat: The tracks of the seat.
    """
    taken = np.zeros(count, np.bool_)
    hidden = []
    for track in sorted(seat, key=lambda track: (-track.size, track.track)):
        own = frames[track.track]
        if taken[own].mean() >= HIDDEN:
            hidden.append(track.track)
        else:
            taken[own] = True
    return hidden


def _frames(rows: Rows) -> tuple[dict[int, Ints], int]:
    """Return the indices of each track's frames, and the number of all frames."""
    numbers, frame = np.unique(rows.frame, return_inverse=True)
    order = np.argsort(rows.track, kind="stable")
    tracks, first = np.unique(rows.track[order], return_index=True)
    return dict(zip(tracks.tolist(), np.split(frame[order], first[1:]), strict=True)), len(numbers)
