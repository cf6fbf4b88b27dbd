"""Turns intervals into samples: a label every ten milliseconds."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

STEP_MS = 10
"""Milliseconds between two samples. A frame at 25 fps has four, so no boundary of a frame moves by more than half."""
OFFSET_MS = 5.5
"""Place of a sample in its step. A time that a program rounds to a millisecond never moves past it."""
LONGEST_MS = 10 * 24 * 3_600_000
"""Longest recording that is compared: 86 million samples a person. A damaged time may be years ahead."""
NONE = -1
"""Sample without a label."""


def sample(intervals: Iterable[tuple[float, float, str]], labels: Sequence[str], length_ms: float) -> NDArray[np.int64]:
    """Return the index of the label at each sample, `int64[n]`; -1 where there is none.

    Args:
        intervals: Start and end in milliseconds, and label, of each interval.
        labels: All labels.
        length_ms: Length of the recording.
    """
    samples = np.full(max(0, round(length_ms / STEP_MS)), NONE, np.int64)
    at = {label: index for index, label in enumerate(labels)}
    for start, end, label in intervals:
        first, last = (int(np.clip(np.ceil((t - OFFSET_MS) / STEP_MS), 0, len(samples))) for t in (start, end))
        samples[first:last] = at[label]
    return samples


def shift(samples: NDArray[np.int64], steps: int) -> NDArray[np.int64]:
    """Return the samples moved earlier by a number of steps; later, if it is negative."""
    moved = np.full_like(samples, NONE)
    kept = max(0, len(samples) - abs(steps))
    if steps >= 0:
        moved[:kept] = samples[len(samples) - kept :]
    else:
        moved[len(samples) - kept :] = samples[:kept]
    return moved
