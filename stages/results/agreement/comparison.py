"""Compares a coder's samples with Emobot's, and keeps every number of the comparison."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from stages.results.agreement.measures import SEED, confusion, f1, icc_2_1, interval, kappa
from stages.results.agreement.sampling import STEP_MS, shift

BLOCK_S = 5.0
"""Seconds of a block of the bootstrap. In simulated codings with episodes of some seconds, a nominal interval of 95 %
holds the true kappa in 30 % of cases with single samples, 70 % with blocks of 1 s, 87 % with 5 s and 89 % with 10 s."""
WINDOW_S = 10.0
"""Seconds of a window whose shares the intraclass correlation compares."""
FARTHEST_LAG_S, LAG_STEP_S = 2.0, 0.05


class ByLabel(msgspec.Struct, frozen=True, kw_only=True):
    """How well both agree on one label."""

    label: str
    coder_s: float
    ours_s: float
    f1: float | None
    icc: float | None
    """ICC(2,1) of the label's share of each window."""


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """`agreement-NAME.json`: how well a coder and Emobot agree; null stands for undefined."""

    recording: str
    coding: str
    people: dict[str, str]
    """The coder's name of each compared person to Emobot's."""
    compared_s: float
    """Seconds that both labelled, over all people."""
    only_ours_s: float
    only_coder_s: float
    agreed: float | None
    """Share of the compared time with the same label."""
    kappa: float | None
    low: float | None
    high: float | None
    """Ends of the 95 % interval of kappa; null if the recording is too short for one."""
    kappa_without_uncertain: float | None
    """Kappa without the time in which either label is `uncertain`."""
    labels: list[ByLabel]
    confusion_s: list[list[float]]
    """Seconds: a row for each label of the coder, a column for each of Emobot's, in the order of `labels`."""
    lags_s: list[float]
    lag_kappas: list[float | None]
    """Kappa if the coder's times are moved earlier by each lag."""
    best_lag_s: float | None
    """Lag with the highest kappa; positive if the coder is later than Emobot."""
    best_kappa: float | None
    step_ms: int = STEP_MS
    block_s: float = BLOCK_S
    window_s: float = WINDOW_S
    seed: int = SEED


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person's samples by both.

    Attributes:
        theirs_name: The coder's name of the person.
        ours_name: Emobot's.
        theirs: Index of the coder's label, `int64[n]`; -1 where there is none.
        ours: Index of Emobot's label, `int64[n]`.
    """

    theirs_name: str
    ours_name: str
    theirs: NDArray[np.int64]
    ours: NDArray[np.int64]


def compare(
    recording: str,
    coding: str,
    people: Sequence[Person],
    labels: Sequence[str],
    block_s: float = BLOCK_S,
    window_s: float = WINDOW_S,
) -> Agreement:
    """Compare the samples of all people."""
    n = len(labels)
    counts = _added(people, n)
    ends = interval(np.concatenate([_blocks(one, n, block_s) for one in people]))
    lags = np.arange(-round(FARTHEST_LAG_S / LAG_STEP_S), round(FARTHEST_LAG_S / LAG_STEP_S) + 1)
    kappas = [kappa(_added(people, n, round(lag * LAG_STEP_S * 1e3 / STEP_MS))) for lag in lags]
    defined = [(value, -abs(lag), lag) for lag, value in zip(lags.tolist(), kappas, strict=True) if value is not None]
    best = max(defined, default=None)
    certain = [i for i, label in enumerate(labels) if label != "uncertain"]
    shares = np.concatenate([_shares(one, n, window_s) for one in people])
    seconds = counts * (STEP_MS / 1e3)
    total = int(counts.sum())
    return Agreement(
        recording=recording,
        coding=coding,
        people={one.theirs_name: one.ours_name for one in people},
        compared_s=round(total * STEP_MS / 1e3, 3),
        only_ours_s=_seconds_of(people, lambda one: (one.ours >= 0) & (one.theirs < 0)),
        only_coder_s=_seconds_of(people, lambda one: (one.ours < 0) & (one.theirs >= 0)),
        agreed=int(np.trace(counts)) / total if total else None,
        kappa=kappa(counts),
        low=ends[0] if ends else None,
        high=ends[1] if ends else None,
        kappa_without_uncertain=kappa(counts[np.ix_(certain, certain)]),
        labels=[
            ByLabel(
                label=label,
                coder_s=round(float(seconds[i].sum()), 3),
                ours_s=round(float(seconds[:, i].sum()), 3),
                f1=score,
                icc=icc_2_1(shares[:, :, i]),
            )
            for i, (label, score) in enumerate(zip(labels, f1(counts), strict=True))
        ],
        confusion_s=[[round(value, 3) for value in row] for row in seconds.tolist()],
        lags_s=[round(lag * LAG_STEP_S, 3) for lag in lags.tolist()],
        lag_kappas=kappas,
        best_lag_s=round(best[2] * LAG_STEP_S, 3) if best else None,
        best_kappa=best[0] if best else None,
        block_s=block_s,
        window_s=window_s,
    )


def _added(people: Sequence[Person], labels: int, steps: int = 0) -> NDArray[np.int64]:
    """Return the confusion of all people, with the coder's samples moved earlier."""
    return sum((confusion(p.ours, shift(p.theirs, steps), labels) for p in people), np.zeros((labels, labels), int))


def _blocks(person: Person, labels: int, block_s: float) -> NDArray[np.int64]:
    """Return the confusion of each block, `int64[blocks, labels, labels]`."""
    steps = round(block_s * 1e3 / STEP_MS)
    starts = range(0, len(person.ours), steps)
    blocks = [confusion(person.ours[i : i + steps], person.theirs[i : i + steps], labels) for i in starts]
    return np.array(blocks, np.int64).reshape(-1, labels, labels)


def _shares(person: Person, labels: int, window_s: float) -> NDArray[np.float64]:
    """Return the labels' shares of the compared time by both, `float64[windows, 2, labels]`.

    Windows of which less than half was compared are left out.
    """
    blocks = _blocks(person, labels, window_s)
    kept = blocks[blocks.sum(axis=(1, 2)) >= window_s * 1e3 / STEP_MS / 2]
    seconds = np.stack([kept.sum(axis=2), kept.sum(axis=1)], axis=1)
    shares: NDArray[np.float64] = seconds / kept.sum(axis=(1, 2))[:, None, None]
    return shares


def _seconds_of(people: Sequence[Person], chosen: Callable[[Person], NDArray[np.bool_]]) -> float:
    return round(sum(int(chosen(one).sum()) for one in people) * STEP_MS / 1e3, 3)
