"""The markers that the page shows."""

from typing import Any

import pytest

from pipeline.batch.results import Marker
from pipeline.errors import MissingPart
from stages.web.live import markers
from stages.web.live.markers import MarkerLog
from stages.web.sink import Web


class Inlet:
    """Has received `waiting`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.waiting: list[Marker] = []
        self.closed = False

    def take(self) -> list[Marker]:
        """Return and forget it."""
        waiting, self.waiting = self.waiting, []
        return waiting

    def close(self) -> None:
        """Stop."""
        self.closed = True


def marker(at: float) -> Marker:
    """Return one that was sent at a time."""
    return Marker(at=at, stream="stimuli", text=f"at {at:g}")


def test_every_reader_gets_the_markers_of_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """In order of time, for each reader; the oldest are forgotten."""
    inlet = Inlet("*")
    monkeypatch.setattr(markers, "MarkerInlet", lambda name: inlet)
    monkeypatch.setattr(markers, "MOST", 2000)
    log = MarkerLog("*")
    inlet.waiting = [marker(3), marker(1)]

    assert [one.at for one in log.since(0)] == [1, 3]
    assert [one.at for one in log.since(2)] == [3]
    inlet.waiting = [marker(10 + n) for n in range(3000)]
    assert len(log.since(0)) == 2000
    log.close()
    assert inlet.closed


def test_without_a_name_nothing_is_received(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is the library needed; with one, its absence is a mistake of the table."""

    def missing() -> None:
        raise MissingPart("pylsl is not installed")

    monkeypatch.setattr("stages.web.sink.check_lsl", missing)
    log = MarkerLog()
    assert log.since(0) == []
    log.close()
    options: dict[str, Any] = {"host": "127.0.0.1"}
    Web.check(**options)
    with pytest.raises(MissingPart):
        Web.check(**options, markers="*")
