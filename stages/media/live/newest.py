"""Keeps only the newest frame of a reader, for live cameras."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress

from pipeline.stream_clock import unix_offset
from stages.media.reader import End, Picture, Reader

PAUSE_S = 0.25
"""Seconds of delay after which a file with `realtime` pauses its clock; a camera would lose these frames."""
NAP_S = 0.2
"""Seconds after which a stopped reader notices it, at most."""
STOP_S, LEAVE_S = 3.0, 0.5
"""Seconds to wait for a reader that is stopped, and for one that is left behind."""


class Newest:
    """Reads in its own thread and holds only the newest frame: a slow caller gets fewer frames, never older ones.

    Args:
        open_reader: Opens the reader; called in the thread, since connecting may block.
        paced: Return the frames of a file at the times of their timestamps.
        leave: Leave a reader behind that has not delivered a frame when it is stopped: it may wait for a host for
            seconds, and nothing needs what it holds. Not for a device, which only one can open.
    """

    def __init__(self, open_reader: Callable[[], Reader], *, paced: bool = False, leave: bool = False) -> None:
        self._open = open_reader
        self._leave = leave
        self._paced = paced
        self._stopped = False
        self.position_ns = 0
        """As of the reader; while the next frame of a file is not due yet, the time it has reached."""
        self.early = 0
        """As of the reader."""
        self._shelf: queue.SimpleQueue[Picture | None] = queue.SimpleQueue()
        """The newest frame; None if there are no more."""
        self._failure: Exception = End(None)
        """Reason why there are no more."""
        self._thread = threading.Thread(target=self._work, daemon=True, name="newest")
        self._thread.start()

    def read(self, timeout_s: float) -> Picture | None:
        """Return the newest frame that was not returned before, None if none arrives in time.

        Raises:
            End: There are no more.
        """
        try:
            picture = self._shelf.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            return None
        if picture is None:
            self._shelf.put(None)
            raise self._failure
        return picture

    def close(self) -> None:
        """Stop the thread, which closes the reader, and release it."""
        self._stopped = True
        self._thread.join(LEAVE_S if self._leave else STOP_S)
        # The raised error refers to its traceback and so to the reader. Without this, a camera's decoder and its files
        # would stay open until the garbage collector runs, which is rare where few objects are allocated.
        self._failure = End(None)

    def _work(self) -> None:
        try:
            with closing(self._open()) as reader:
                self._fetch(reader)
        except Exception as error:  # read() raises any error
            self._failure = error
        self._shelf.put(None)

    def _fetch(self, reader: Reader) -> None:
        start_s: float | None = None
        lost = 0
        while not self._stopped:
            picture = reader.read(NAP_S)
            self.position_ns, self.early = reader.position_ns, reader.early
            if picture is None:
                continue
            self._leave = False
            if self._paced:
                # do not wait for a video that begins late
                start_s = time.monotonic() - picture.pts_ns / 1e9 if start_s is None else start_s
                due_s = start_s + picture.pts_ns / 1e9
                while not self._stopped and (left_s := due_s - time.monotonic()) > 0:
                    # no silence: the next frame is not due yet
                    self.position_ns = picture.pts_ns - round(left_s * 1e9)
                    time.sleep(min(left_s, NAP_S))
                picture.arrived_ns = round((due_s + unix_offset(time.monotonic, time.time)) * 1e9)
                if (late_s := time.monotonic() - due_s) > PAUSE_S:
                    start_s += late_s
                    lost += round(late_s * (picture.rate or 25.0))
                picture.index += lost
            if not self._shelf.empty():  # seldom: an exception per frame would cost more than the check
                with suppress(queue.Empty):
                    self._shelf.get_nowait()
            self._shelf.put(picture)
