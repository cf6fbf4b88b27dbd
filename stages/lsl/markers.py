"""Markers that other programs send over Lab Streaming Layer, such as the stimuli of an experiment."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.batch.results import Marker
from pipeline.foreign import describe_error, one_line
from pipeline.stream_clock import unix_offset
from stages.lsl.library import OWN, load_lsl

EVERY = "*"
"""Name for the streams of all programs that are of type `Markers`."""
RESOLVE_S = 0.2
"""Seconds between searches for new streams, and the longest wait for a marker before the end is noticed."""
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
        self._warned: set[str] = set()
        self._end = threading.Event()
        self._threads: list[threading.Thread] = []
        self._resolving = self._start(self._resolve)

    def take(self) -> list[Marker]:
        """Return the markers received since the last call, in the order of their arrival."""
        return [self._found.popleft() for _ in range(len(self._found))]

    def connected(self) -> list[str]:
        """Return the names of the streams that are open."""
        return [name for name in list(self._open.values()) if name]

    def close(self) -> None:
        """Stop receiving."""
        self._end.set()
        for thread in (self._resolving, *self._threads):
            thread.join(JOIN_S)

    def _start(self, work: Callable[..., None], *what: Any) -> threading.Thread:
        thread = threading.Thread(target=work, args=what, name="markers", daemon=True)
        thread.start()
        return thread

    def _resolve(self) -> None:
        resolver: Any = None
        while not self._end.wait(RESOLVE_S):
            try:
                resolver = resolver or self._lsl.ContinuousResolver(forget_after=RETRY_S)
                self._find(resolver.results(), self._lsl.local_clock())
            except Exception as error:
                self._warn(f"streams of markers cannot be found: {describe_error(error)}")

    def _find(self, streams: Sequence[Any], now: float) -> None:
        for uid, since in list(self._lost.items()):
            if now - since >= RETRY_S:
                del self._lost[uid]
        for stream in streams:
            uid = stream.uid()
            if uid not in self._open and uid not in self._lost and self._wants(stream):
                self._open[uid] = ""
                self._threads = [thread for thread in self._threads if thread.is_alive()]
                self._threads.append(self._start(self._receive, uid, stream))

    def _wants(self, stream: Any) -> bool:
        name, rate = stream.name(), stream.nominal_srate()
        if name.startswith(OWN):
            return False
        if rate:
            # a signal, such as the EEG itself
            if name == self._name:
                self._warn(f"expected a stream of markers without a rate, found {rate:g} Hz: {one_line(name)}")
            return False
        return bool(stream.type() == "Markers" if self._name == EVERY else name == self._name)

    def _warn(self, text: str) -> None:
        """Log a warning, once."""
        if text not in self._warned:
            self._warned.add(text)
            log.warning(text)

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
