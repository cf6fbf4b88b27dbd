"""How steady the label is that a run shows, and how soon it follows a change: the fusion's own code on sequences."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.over_time.fusion import FULL_FACE_PX, PROBABILITY_FLOOR, Belief, FusionSettings
from training.data.faces import DataError
from training.score.still import HZ, followers

CHANGE_S = 4.0
"""Seconds before a real change, and for which its label is awaited."""
Rows = NDArray[np.float32]
"""Probabilities of sequences, `float32[n, looks, 7]`."""


class Steadiness(NamedTuple):
    """How steady labels are on faces that do not change.

    Attributes:
        raw: Changes of the single classifications' label, per minute and face.
        shown: Changes of the label shown, per minute and face.
        between: Those from one emotion to another; the rest are to and from uncertain.
        uncertain: Share of the time in which the face is uncertain, 0 to 1.
        wrong: Share of the time in which the label is another emotion than the whole sequence speaks for, 0 to 1.
    """

    raw: float
    shown: float
    between: float
    uncertain: float
    wrong: float


class Delay(NamedTuple):
    """Seconds from a real change until its label is shown.

    Attributes:
        median_s, p95_s: Median and 95th percentile, seconds; infinite where the label did not come in `CHANGE_S`.
        missed: Share of the changes whose label did not come, 0 to 1.
    """

    median_s: float
    p95_s: float
    missed: float


def shown(rows: Rows, fusion: FusionSettings, hz: float = HZ) -> NDArray[np.intp]:
    """Return the labels that a run shows, `int[n, looks]`: indices of `LABELS`, -1 for uncertain."""
    labels = np.full(rows.shape[:2], -1, np.intp)
    for sequence, out in zip(rows, labels, strict=True):
        belief = Belief(fusion)
        for i, p in enumerate(sequence):
            belief.update(p, i / hz, size=FULL_FACE_PX)
            out[i] = -1 if belief.label is None else belief.label
    return labels


def settled(rows: Rows) -> NDArray[np.intp]:
    """Return the emotion that the whole sequence speaks for, `int[n]`: that of the mean log-probability."""
    return np.asarray(np.log(np.clip(rows, PROBABILITY_FLOOR, 1)).mean(axis=1).argmax(axis=1), np.intp)


def steadiness(rows: Rows, fusion: FusionSettings, hz: float = HZ) -> Steadiness:
    """Count the changes of labels of faces that do not change, `float32[n, looks, 7]`."""
    labels, raw = shown(rows, fusion, hz), rows.argmax(axis=2)
    minutes = rows.shape[0] * (rows.shape[1] - 1) / hz / 60
    before, after = labels[:, :-1], labels[:, 1:]
    changed, unsure = before != after, labels < 0
    return Steadiness(
        raw=int((raw[:, 1:] != raw[:, :-1]).sum()) / minutes,
        shown=int(changed.sum()) / minutes,
        between=int((changed & (before >= 0) & (after >= 0)).sum()) / minutes,
        uncertain=float(unsure.mean()),
        wrong=float((~unsure & (labels != settled(rows)[:, None])).mean()),
    )


def delay(rows: Rows, fusion: FusionSettings, hz: float = HZ) -> Delay:
    """Measure how long the label takes to follow a real change: one sequence followed by another.

    Only clear expressions are used: sequences whose single classifications all give the same label, with a mean
    probability of at least 0.5.

    Args:
        rows: Probabilities of faces that do not change, `float32[n, looks, 7]`.
        fusion: Constants of the fusion.
        hz: Looks per second.

    Raises:
        DataError: No two of the sequences are clear and of different emotions.
    """
    looks = min(rows.shape[1], round(CHANGE_S * hz))
    emotions = settled(rows)
    same = (rows.argmax(axis=2) == emotions[:, None]).all(axis=1)
    strong = rows.mean(axis=1).max(axis=1) >= 0.5
    after = followers(np.where(same & strong, emotions, -1))
    before = np.flatnonzero(after >= 0)
    if not len(before):
        raise DataError(f"expected clear faces of two emotions, found none among {len(rows)}")
    after = after[before]
    labels = shown(np.concatenate([rows[before, :looks], rows[after, :looks]], axis=1), fusion, hz)[:, looks:]
    right = labels == emotions[after][:, None]
    seconds = np.where(right.any(axis=1), right.argmax(axis=1) / hz, np.inf)
    median, p95 = np.percentile(seconds, [50, 95], method="higher")
    return Delay(float(median), float(p95), float(np.isinf(seconds).mean()))
