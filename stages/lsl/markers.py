"""Markers that other programs send over Lab Streaming Layer, such as the stimuli of an experiment."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from pipeline.batch.results import Marker
from pipeline.foreign import describe_error, one_line
from stages.lsl.library import OWN, load_lsl, unix_offset

EVERY = "*"
"""Name for the streams of all programs that are of type `Markers`."""
RESOLVE_S = 0.2
"""Seconds between looks for new streams, and the longest wait for a marker before the end is noticed."""
RETRY_S = 5.0
"""Seconds before a lost stream that is still announced is opened again."""
JOIN_S = 2.0
"""Seconds to wait at the end for the threads, which may be waiting for another program."""
LONGEST = 1000
"""Maximum length of a marker's text, characters; longer ones lose their middle."""
MOST_WAITING = 10_000
"""Markers kept until they are taken; older ones are lost, which takes a program that sends thousands per second."""

log = logging.getLogger(__name__)


class MarkerInlet:
    """Receives markers in threads of its own, whatever becomes of the programs that send them.

    Args:
        name: Name of the streams to receive; `*` for every stream of type `Markers` that is not Emobot's own.

    Raises:
        MissingPart: `pylsl` is not installed.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lsl = load_lsl()
        self._found: deque[Marker] = deque(maxlen=MOST_WAITING)
        self._open: dict[str, str] = {}
        """Name of each stream by its number; empty until it is open."""
        self._lost: dict[str, float] = {}
        self._end = threading.Event()
        self._threads = [self._start(self._resolve)]

    def take(self) -> list[Marker]:
        """Return the markers received since the last call, in the order of their arrival."""
        return [self._found.popleft() for _ in range(len(self._found))]

    def connected(self) -> list[str]:
        """Return the names of the streams that are open."""
        return [name for name in list(self._open.values()) if name]

    def close(self) -> None:
        """Stop receiving."""
        self._end.set()
        for thread in self._threads:
            thread.join(JOIN_S)

    def _start(self, work: Callable[..., None], *what: Any) -> threading.Thread:
        thread = threading.Thread(target=work, args=what, name="markers", daemon=True)
        thread.start()
        return thread

    def _resolve(self) -> None:
        resolver = self._lsl.ContinuousResolver(forget_after=RETRY_S)
        while not self._end.wait(RESOLVE_S):
            try:
                now, streams = self._lsl.local_clock(), resolver.results()
                lost = dict(self._lost)
                for stream in streams:
                    uid = stream.uid()
                    known = uid in self._open or now - lost.get(uid, -RETRY_S) < RETRY_S
                    if not known and self._wants(stream):
                        self._open[uid] = ""
                        self._threads = [thread for thread in self._threads if thread.is_alive()]
                        self._threads.append(self._start(self._receive, uid, stream))
            except Exception as error:
                log.warning("streams of markers cannot be found: %s", describe_error(error))

    def _wants(self, stream: Any) -> bool:
        # a signal, such as the EEG itself, has a rate
        if stream.nominal_srate() or stream.name().startswith(OWN):
            return False
        return bool(stream.type() == "Markers" if self._name == EVERY else stream.name() == self._name)

    def _receive(self, uid: str, stream: Any) -> None:
        """Receive one stream until it is lost; a waiting inlet, because it forgets what was not yet taken then."""
        name = one_line(stream.name())
        try:
            # no recovery: a restarted program is found as a new stream, and would be received twice
            flags = self._lsl.proc_clocksync
            inlet = self._lsl.StreamInlet(stream, recover=False, processing_flags=flags, as_numpy=True)
            inlet.open_stream(RETRY_S)
            self._open[uid] = name
            log.info("receiving the markers of %s", name)
            while not self._end.is_set():
                values, stamp = inlet.pull_sample(RESOLVE_S)
                if values is not None:
                    at = float(stamp) + unix_offset(self._lsl.local_clock)
                    text = ",".join(_text(value) for value in values)
                    self._found.append(Marker(at=at, stream=name, text=one_line(text, LONGEST)))
        except Exception as error:
            # the program that sends them has ended
            log.warning("the markers of %s were lost: %s", name, describe_error(error))
            self._lost[uid] = self._lsl.local_clock()
        del self._open[uid]


def _text(value: Any) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else f"{value:.10g}"
