"""The time a frame was taken, for totals over time."""

from pipeline.messages import Frame


class StreamClock:
    """The clock of one camera's stream.

    A live frame was taken when it arrived. A recording is read faster or slower than real time: its time runs with the
    stream position, from the moment its first frame was read.
    """

    def __init__(self) -> None:
        self._run: int | None = None
        self._began_s = 0.0

    def __call__(self, frame: Frame) -> float:
        """Return the time a frame was taken, UNIX seconds."""
        if not frame.lossless:
            return frame.captured_ns / 1e9
        if frame.run != self._run:
            self._run, self._began_s = frame.run, (frame.captured_ns - frame.pts_ns) / 1e9
        return self._began_s + frame.pts_ns / 1e9
