"""All frames of a recording, also those without a row in its table, for formats with a row per frame."""

import numpy as np
from numpy.typing import NDArray

from stages.results.reading import Results, has_dropped


def every_frame(results: Results) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return number and time (ms) of each frame.

    Frames without a row are spread evenly between their neighbours, which is exact at a constant frame rate. Where
    frames were dropped, as in live cameras, only the frames with a row are known.
    """
    numbers, times = results.frame_number, results.frame_pts_ms
    summary = results.summary
    count, begin_ms = summary.frames_out, summary.first_pts_ms or 0.0
    if len(numbers) == count or has_dropped(numbers, summary) or (np.diff(numbers) < 1).any():
        return numbers, times
    first = _first(numbers, times - begin_ms, summary.fps or 25.0)
    if not numbers.size or first < numbers[0]:
        numbers, times = np.append(first, numbers), np.append(begin_ms, times)
    if numbers[-1] < first + count:
        numbers, times = np.append(numbers, first + count), np.append(times, results.end_ms)
    every = np.arange(first, first + count)
    return every, np.interp(every, numbers, times)


def _first(numbers: NDArray[np.int64], times_ms: NDArray[np.float64], fps: float) -> int:
    """Return the number of the first frame: 0, unless only a part of the recording was processed."""
    if not numbers.size:
        return 0
    lengths = np.diff(times_ms)[np.diff(numbers) == 1]
    frame_ms = float(np.mean(lengths)) if lengths.size else 1e3 / fps
    if lengths.size and np.ptp(lengths) > 0.5 * frame_ms:
        # the frame rate varies: the number does not follow from the time
        return 0
    first = round(float(numbers[0] - times_ms[0] / frame_ms))
    # times are rounded to milliseconds in some containers, which adds up before a face that appears late
    return first if first > 0.01 * numbers[0] + 0.5 else 0
