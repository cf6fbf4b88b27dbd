"""Markers that other programs send over Lab Streaming Layer, such as the stimuli of an experiment."""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

from pipeline.batch.results import Marker
from pipeline.foreign import describe_error, one_line
from stages.lsl.library import OWN, load_lsl, unix_offset

EVERY = "*"
"""Name for the streams of all programs that are of type `Markers`."""
POLL_S = 0.05
"""Seconds between looks at the streams; stamps do not depend on it."""
RETRY_S = 5.0
"""Seconds before a lost stream that is still announced is opened again."""
JOIN_S = 2.0
"""Seconds to wait at the end for the thread, which may be waiting for another program."""
LONGEST = 1000
"""Maximum length of a marker's text, characters; longer ones lose their middle."""
MOST_WAITING = 10_000
"""Markers kept until they are taken; older ones are lost, which takes a program that sends thousands per second."""

log = logging.getLogger(__name__)


class MarkerInlet:
    """Receives markers in a thread of its own, whatever becomes of the programs that send them.

    Args:
        name: Name of the streams to receive; `*` for every stream of type `Markers` that is not Emobot's own.

    Raises:
        MissingPart: `pylsl` is not installed.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lsl = load_lsl()
        self._found: deque[Marker] = deque(maxlen=MOST_WAITING)
        self._inlets: dict[str, tuple[str, Any]] = {}
        self._lost: dict[str, float] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._receive, name="markers", daemon=True)
        self._thread.start()

    def take(self) -> list[Marker]:
        """Return the markers received since the last call, in the order of their arrival."""
        return [self._found.popleft() for _ in range(len(self._found))]

    def connected(self) -> list[str]:
        """Return the names of the streams that are open."""
        return [name for name, _ in list(self._inlets.values())]

    def close(self) -> None:
        """Stop receiving."""
        self._end.set()
        self._thread.join(JOIN_S)

    def _receive(self) -> None:
        resolver = self._lsl.ContinuousResolver(forget_after=RETRY_S)
        while not self._end.wait(POLL_S):
            try:
                self._open(resolver.results())
            except Exception as error:
                log.warning("streams of markers cannot be found: %s", describe_error(error))
            for uid, (name, inlet) in list(self._inlets.items()):
                try:
                    self._found.extend(self._pull(name, inlet))
                except Exception as error:
                    # the program that sends them has ended, or sends what is none
                    log.warning("the markers of %s were lost: %s", name, describe_error(error))
                    self._lost[uid] = self._lsl.local_clock()
                    del self._inlets[uid]
        self._inlets.clear()

    def _open(self, streams: list[Any]) -> None:
        now = self._lsl.local_clock()
        self._lost = {uid: since for uid, since in self._lost.items() if now - since < RETRY_S}
        for stream in streams:
            name, uid = stream.name(), stream.uid()
            if uid in self._inlets or uid in self._lost or not self._wants(stream):
                continue
            # no recovery: a restarted program is found as a new stream, and would be received twice
            flags = self._lsl.proc_clocksync
            inlet = self._lsl.StreamInlet(stream, recover=False, processing_flags=flags, as_numpy=True)
            try:
                inlet.open_stream(RETRY_S)
            except Exception as error:
                log.warning("the markers of %s cannot be received: %s", one_line(name), describe_error(error))
                self._lost[uid] = now
                continue
            self._inlets[uid] = one_line(name), inlet
            log.info("receiving the markers of %s", one_line(name))

    def _wants(self, stream: Any) -> bool:
        # a signal, such as the EEG itself, has a rate
        if stream.nominal_srate() or stream.name().startswith(OWN):
            return False
        return bool(stream.type() == "Markers" if self._name == EVERY else stream.name() == self._name)

    def _pull(self, name: str, inlet: Any) -> Iterator[Marker]:
        samples, stamps = inlet.pull_chunk(timeout=0.0)
        offset = unix_offset(self._lsl.local_clock) if len(stamps) else 0.0
        for values, stamp in zip(samples, stamps, strict=True):
            text = ",".join(_text(value) for value in values)
            yield Marker(at=float(stamp) + offset, stream=name, text=one_line(text, LONGEST))


def _text(value: Any) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else f"{value:.10g}"
