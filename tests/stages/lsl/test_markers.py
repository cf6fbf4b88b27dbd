"""Markers of other programs, received while the program watches."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.batch.results import Marker
from pipeline.errors import InputError, MissingPart
from pipeline.history.read import EventRow, read_history
from pipeline.stream_clock import unix_offset
from stages.history import HistoryFile
from stages.lsl.marker_table import MOST_DRAWN, MarkerTable
from stages.lsl.markers import EVERY, MarkerInlet
from stages.results.markers import read_markers
from stages.table import Table
from tests.support.frames import make_face, make_frame
from tests.support.waiting import until

pytestmark = pytest.mark.slow

NOW = 10**9
"""UNIX seconds of the first frame of `make_frame`."""


@pytest.fixture
def outlet(lsl: Any) -> Callable[..., Any]:
    """Return what makes an outlet of another program."""

    def make(name: str, kind: str = "Markers", form: int = lsl.cf_string, rate: float = 0.0, channels: int = 1) -> Any:
        return lsl.StreamOutlet(lsl.StreamInfo(name, kind, channels, rate, form, f"{name}-id"))

    return make


@pytest.fixture
def inlets(lsl: Any) -> Iterator[Callable[[str], MarkerInlet]]:
    """Return what makes an inlet."""
    made: list[MarkerInlet] = []

    def make(name: str) -> MarkerInlet:
        made.append(MarkerInlet(name))
        return made[-1]

    yield make
    for inlet in made:
        inlet.close()


def received(inlet: MarkerInlet, count: int) -> list[Marker]:
    """Return this many markers."""
    found: list[Marker] = []

    def complete() -> bool:
        found.extend(inlet.take())
        return len(found) >= count

    until(complete)
    return found


def test_a_marker_has_its_time_and_text(lsl: Any, outlet: Any, inlets: Any) -> None:
    """The time it was stamped with, not that of its arrival; text that is no UTF-8 costs nobody anything."""
    stimuli, inlet = outlet("stimuli"), inlets(EVERY)
    until(lambda: inlet.connected() == ["stimuli"])
    offset = unix_offset(lsl.local_clock)
    stamps = [lsl.local_clock() - 3 + n for n in range(3)]
    for text, stamp in zip(["face on", "d\u00e9but\n2", b"\xff$x^2"], stamps, strict=True):
        stimuli.push_sample([text], stamp)
    found = received(inlet, 3)

    assert [marker.text for marker in found] == ["face on", "d\u00e9but\\n2", "\\xff$x^2"]
    assert [marker.at for marker in found] == pytest.approx([stamp + offset for stamp in stamps], abs=2e-3)
    assert {marker.stream for marker in found} == {"stimuli"}


def test_only_streams_that_are_asked_for_are_received(lsl: Any, outlet: Any, inlets: Any) -> None:
    """Not a signal with a rate, and not Emobot's own events; numbers become text."""
    others = [outlet("Emobot hall markers"), outlet("EEG", "EEG", lsl.cf_float32, 500.0), outlet("more", "Events")]
    codes = outlet("codes", form=lsl.cf_int32, channels=2)
    every, named = inlets(EVERY), inlets("more")
    until(lambda: every.connected() == ["codes"] and named.connected() == ["more"])
    codes.push_sample([7, -1])
    others[2].push_sample(["x"])

    assert [marker.text for marker in received(every, 1)] == ["7,-1"]
    assert [marker.text for marker in received(named, 1)] == ["x"]


class Broken:
    """An LSL that fails at first and then finds only an EEG."""

    def __init__(self) -> None:
        self.calls = 0
        self.stream = SimpleNamespace(uid=lambda: "1", name=lambda: "EEG", nominal_srate=lambda: 500.0)

    def local_clock(self) -> float:
        """Return some time."""
        return 1.0

    def ContinuousResolver(self, forget_after: float) -> "Broken":  # noqa: N802
        """Fail twice."""
        self.calls += 1
        if self.calls < 3:
            raise RuntimeError("no socket")
        return self

    def results(self) -> list[Any]:
        """Return the EEG."""
        self.calls += 1
        return [self.stream]


def test_what_is_wrong_is_logged_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """However often it is tried; the thread continues."""
    lsl = Broken()
    monkeypatch.setattr("stages.lsl.markers.load_lsl", lambda: lsl)
    monkeypatch.setattr("stages.lsl.markers.RESOLVE_S", 0.001)
    inlet = MarkerInlet("EEG")
    until(lambda: lsl.calls > 6)
    inlet.close()

    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "streams of markers cannot be found",
        "expected a stream of markers without a rate, found 500 Hz",
    ]
    assert inlet.connected() == [] and inlet.take() == []


@pytest.mark.slow
def test_a_program_that_restarts_is_received_again(outlet: Any, inlets: Any) -> None:
    """Once, although its stream has the same name and number."""
    first, inlet = outlet("stimuli"), inlets("stimuli")
    until(inlet.connected)
    for n in range(100):
        first.push_sample([str(n)])
    assert [marker.text for marker in received(inlet, 100)] == [str(n) for n in range(100)]
    del first
    until(lambda: not inlet.connected())
    second = outlet("stimuli")
    until(inlet.connected)
    second.push_sample(["two"])

    assert [marker.text for marker in received(inlet, 1)] == ["two"]


def test_markers_are_placed_by_the_frames_around_them(tmp_path: Path) -> None:
    """In order of time, whenever they arrive; those from before the first frame are not of this stream."""
    table = MarkerTable(tmp_path)
    table.see(make_frame(0))
    late, early, before = Marker(NOW + 0.25, "s", "late"), Marker(NOW + 0.05, "s", 'early, "x"'), Marker(5.0, "s", "")
    table.add([late, early, before])
    table.see(make_frame(1))
    assert not (tmp_path / "markers.csv").exists()
    # the camera's own clock may run apart from the computer's
    table.see(make_frame(3, pts_ns=310_000_000))
    table.add([Marker(NOW + 0.5, "s", "after the last frame")])
    table.close()
    assert table.names == ["markers.csv"]
    (tmp_path / "markers.csv.partial").rename(tmp_path / "markers.csv")

    assert [(at, marker.text) for at, marker in read_markers(tmp_path)] == [
        (50.0, 'early, "x"'),
        (260.0, "late"),
        (510.0, "after the last frame"),
    ]
    assert table.drawn[1] == (pytest.approx(0.26), "late")


def test_without_markers_there_is_no_file(tmp_path: Path) -> None:
    """And one of an earlier run is not left."""
    (tmp_path / "markers.csv").write_text("old")
    table = MarkerTable(tmp_path)
    table.add([Marker(1.0, "s", "before")])
    table.see(make_frame(0))
    table.close()
    assert table.names == []
    other = MarkerTable(tmp_path)
    other.see(make_frame(0))
    other.add([Marker(NOW, "s", "x")] * (MOST_DRAWN + 1))
    other.see(make_frame(1))
    assert len(other.drawn) == MOST_DRAWN
    other.discard()

    assert read_markers(tmp_path) == [] and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["pts_ms,at\n1,2\n", "pts_ms,at,stream,marker\nx,1,s,m\n", "\0"])
def test_a_damaged_table_is_one_line(tmp_path: Path, text: str) -> None:
    """That says which file."""
    (tmp_path / "markers.csv").write_text(text + "1\n")
    with pytest.raises(InputError, match=r"expected .*pts_ms.*, found .*in row . of .*markers\.csv"):
        read_markers(tmp_path)


def test_a_live_cameras_results_have_them(
    lsl: Any, outlet: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Table and history; a recording, which is of another time, has none."""
    monkeypatch.setattr("stages.table.people.draw_timeline", lambda *given: given[3].touch())
    stimuli = outlet("stimuli")
    table = Table(path=f"{tmp_path}/{{camera}}", markers="stimuli")
    history = HistoryFile(path=f"{tmp_path}/h.sqlite", markers="stimuli")
    start_s = lsl.local_clock() + unix_offset(lsl.local_clock)

    def both(n: int) -> None:
        face = make_face()
        live = make_frame(n, faces=[face], captured_ns=int((start_s + n) * 1e9), pts_ns=n * 10**9)
        for stage in (table, history):
            assert list(stage.process([live])) == []
        assert list(table.process([make_frame(n, faces=[face], camera="film", lossless=True)])) == []

    def kept() -> list[str]:
        rows = read_history(tmp_path / "h.sqlite", "events", ("hall",))
        return [row.detail for row in rows if isinstance(row, EventRow) and row.type == "marker"]

    numbers = iter(range(10_000))
    with closing(table), closing(history):
        both(next(numbers))

        def arrived() -> bool:
            stimuli.push_sample(["face on"], start_s - unix_offset(lsl.local_clock) + 0.5)
            both(next(numbers))
            return (tmp_path / "hall/markers.csv.partial").exists() and bool(kept())

        until(arrived)
        list(table.process([make_frame(5, camera="film", lossless=True, state="ended")]))

    (at_ms, marker), *_ = read_markers(tmp_path / "hall")
    assert (at_ms, marker.text, marker.stream) == (pytest.approx(500, abs=5), "face on", "stimuli")
    assert set(kept()) == {"face on"}
    assert read_markers(tmp_path / "film") == []


@pytest.mark.parametrize("stage", [Table, HistoryFile])
def test_markers_need_the_library(stage: type[Table], monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where they are asked for."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    stage.check()
    with pytest.raises(MissingPart, match="expected pylsl"):
        stage.check(markers="*")
