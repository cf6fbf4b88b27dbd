"""Applies the names of tracks: which rows are which person, and what each person showed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from models.display.words import number_of
from pipeline.batch.results import PersonSummary, Summary, merge
from stages.results.persons.tracks import Floats, Ints, Rows, Track, find_tracks


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The rows that count, `m` of `n`.

    Attributes:
        rows: Their indices, `int64[m]`.
        person: The person of each, `int64[m]`: the number of their first track.
        names: Names by person.
        more: Number of frames by person in which several of their tracks were seen.
        others: Number of frames with a row that does not count.
    """

    rows: Ints
    person: Ints
    names: dict[int, str]
    more: dict[int, int]
    others: int


def join(rows: Rows, names: Mapping[int, str]) -> Joined:
    """Join the tracks with the same name and drop those without one.

    Where several tracks of a person were seen in a frame, the one whose faces are largest on average counts: always the
    same one, so that its smoothed probabilities are not mixed with another's.

    Args:
        rows: The faces.
        names: A name for each track; "" for a track that is left out.
    """
    sizes = {track.track: track.size for track in find_tracks(rows)}
    first: dict[str, int] = {}
    for track in sorted(sizes):
        if names[track]:
            first.setdefault(names[track], track)
    numbers, at = np.unique(rows.track, return_inverse=True)
    person = np.array([first.get(names[int(track)], 0) for track in numbers], np.int64)[at]
    size = np.array([sizes[int(track)] for track in numbers])[at]
    known = np.flatnonzero(person)
    # within a frame and person, the largest comes first
    order = known[np.lexsort((rows.track[known], -size[known], person[known], rows.frame[known]))]
    same = (rows.frame[order][1:] == rows.frame[order][:-1]) & (person[order][1:] == person[order][:-1])
    spare = np.append(False, same) if order.size else np.empty(0, np.bool_)
    twice = np.unique(np.stack([person[order[spare]], rows.frame[order[spare]]]), axis=1)[0]
    kept = np.sort(order[~spare])
    spared = np.ones(len(rows.frame), np.bool_)
    spared[kept] = False
    return Joined(
        rows=kept,
        person=person[kept],
        names={number: name for name, number in first.items()},
        more={int(number): int(count) for number, count in zip(*np.unique(twice, return_counts=True), strict=True)},
        others=len(np.unique(rows.frame[spared])),
    )


def sum_up(
    joined: Joined, names: Mapping[int, str], pts_ms: Floats, shown_ms: Floats, label: NDArray[Any]
) -> list[PersonSummary]:
    """Return what each person showed: as for a track, a frame counts until the next one starts.

    Args:
        joined: The rows that count.
        names: Names of all tracks.
        pts_ms: Times of all rows, `float64[n]`.
        shown_ms: Durations of their frames, `float64[n]`.
        label: Their labels, `object[n]`.
    """
    people = []
    for number in in_order(joined.names):
        rows = joined.rows[joined.person == number]
        shown = {str(one): float(shown_ms[rows[label[rows] == one]].sum()) for one in dict.fromkeys(label[rows])}
        people.append(
            PersonSummary(
                name=joined.names[number],
                tracks=sorted(track for track, name in names.items() if name == joined.names[number]),
                first_s=round(float(pts_ms[rows[0]]) / 1e3, 3),
                last_s=round(float(pts_ms[rows[-1]]) / 1e3, 3),
                seconds={one: round(milliseconds / 1e3, 3) for one, milliseconds in shown.items()},
                frames_with_more=joined.more.get(number, 0),
            )
        )
    return people


def in_order(names: Mapping[int, str]) -> list[int]:
    """Return people in the order in which they are listed: by the number in "Person 2", else by their first track."""
    numbers = {person: number_of(name) or person for person, name in names.items()}
    return sorted(names, key=lambda person: (numbers[person], person))


def default_names(tracks: Iterable[Track]) -> dict[int, str]:
    """Return the names of people who were not joined: "Person 3" is track 3."""
    return {track.track: f"Person {track.track}" for track in tracks}


def tracks_as_persons(summary: Summary) -> list[PersonSummary]:
    """Return the people of a recording whose tracks were not joined."""
    return [
        PersonSummary(
            name=f"Person {one.track}",
            tracks=[one.track],
            first_s=one.first_s,
            last_s=one.last_s,
            seconds={label: round(shown, 3) for label, shown in one.seconds.items()},
        )
        for one in merge(summary.tracks)
    ]


def with_persons(summary: Summary, persons: list[PersonSummary], others: int = 0) -> Summary:
    """Return a summary with these people and frames with others; `seconds` becomes the people's sum."""
    seconds: dict[str, float] = {}
    for one in persons:
        for label, shown in one.seconds.items():
            seconds[label] = round(seconds.get(label, 0.0) + shown, 3)
    ranked = dict(sorted(seconds.items(), key=lambda item: -item[1]))
    return replace(summary, persons=persons, seconds=ranked, frames_with_others=others)
