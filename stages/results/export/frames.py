"""All frames of a recording, also those without a row in its table, for formats with a row per frame."""

import numpy as np
from numpy.typing import NDArray

from stages.results.reading import Results


def every_frame(results: Results) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return number and time (ms) of each frame.

    Frames without a row are spread evenly between their neighbours, which is exact at a constant frame rate. Where
    frames were dropped, as in live cameras, only the frames with a row are known.
    """
    numbers, times = results.frame_number, results.frame_pts_ms
    summary = results.summary
    if summary.frames_in != summary.frames_out or (np.diff(numbers) < 1).any():
        return numbers, times
    count = summary.frames_out
    if not numbers.size or numbers[-1] < count:
        # the whole recording was processed, from frame 0
        if not numbers.size or numbers[0] > 0:
            numbers, times = np.append(0, numbers), np.append(summary.first_pts_ms or 0.0, times)
        if numbers[-1] < count:
            numbers, times = np.append(numbers, count), np.append(times, results.end_ms)
        every = np.arange(count)
    else:
        every = np.arange(numbers[0], numbers[-1] + 1)
    return every, np.interp(every, numbers, times)
