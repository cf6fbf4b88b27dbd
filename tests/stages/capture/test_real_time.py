"""A file in real time loses what a camera would lose, and its frame numbers show it."""

import threading
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from pipeline.messages import Frame
from stages.capture import Capture
from stages.media.live.newest import Newest
from stages.media.reader import End, Picture, Reader
from tests.support.gifs import make_gif


class _Slow(Reader):
    """Twenty pictures at 50 per second, one of which takes half a second to decode."""

    def _decode(self, timeout_s: float) -> Picture | None:
        self._rate = 50.0
        if self._count == 5:
            threading.Event().wait(0.5)
        if self._count == 20:
            raise self._end()
        return Picture(pixels=np.zeros((3, 2), np.uint8), pts_ns=self._count * 20_000_000)

    def close(self) -> None:
        pass


@pytest.mark.slow
def test_a_file_in_real_time_that_comes_late_loses_what_a_camera_would_have_lost() -> None:
    """It continues at its own speed from there, and the numbers show how many frames were skipped."""
    pictures = []
    with closing(Newest(_Slow, paced=True)) as reader, suppress(End):
        while (picture := reader.read(2.0)) is not None:
            pictures.append(picture)

    lost = pictures[-1].index - 19
    assert pictures[0].index == 0
    assert lost >= 10
    took_s = (pictures[-1].arrived_ns - pictures[-5].arrived_ns) / 1e9
    assert took_s > (pictures[-1].index - pictures[-5].index) / 50 - 0.06


class _Busy:
    """The clocks of a machine that takes two tenths of a second for other things just when UNIX time is read, once."""

    def __init__(self) -> None:
        self.now_s, self.reads = 100.0, 0

    def monotonic(self) -> float:
        return self.now_s

    def time(self) -> float:
        self.reads += 1
        self.now_s += 0.2 if self.reads == 4 else 0.0
        return self.now_s + 1000.0

    def time_ns(self) -> int:
        return round(self.time() * 1e9)

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


class _Even(_Slow):
    """Twenty pictures at 50 per second, all of which are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[Picture] = []

    def _decode(self, timeout_s: float) -> Picture | None:
        if self._count == 20:
            raise self._end()
        self.pictures.append(Picture(pixels=np.zeros((3, 2), np.uint8), pts_ns=self._count * 20_000_000))
        return self.pictures[-1]


def test_a_busy_machine_changes_no_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    """The times of arrival are as far apart as the positions."""
    busy = _Busy()
    for module in ("reader", "live.newest"):
        monkeypatch.setattr(f"stages.media.{module}.time", busy)
    even = _Even()
    with closing(Newest(lambda: even, paced=True)) as reader, suppress(End):
        while True:
            reader.read(2.0)

    assert len(even.pictures) == 20
    assert {round((picture.arrived_ns - picture.pts_ns) / 1e6, 3) for picture in even.pictures} == {1100e3}


class _Hasty(Reader):
    """Thirty pictures a second, of which the second to the thirty-first are skipped."""

    rate = 30.0

    def _decode(self, timeout_s: float) -> Picture | None:
        self._rate = self.rate
        skipped = 30 if self._count else 0
        self._miss(skipped)
        return Picture(pixels=np.zeros((3, 2), np.uint8), pts_ns=skipped * 1_033_333_333)

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("fps", "rate", "expected"), [(0, 30.0, 31), (10, 30.0, 11), (60, 30.0, 31), (10, 0.0, 31)])
def test_skipped_pictures_count_at_the_rate_asked_for(
    monkeypatch: pytest.MonkeyPatch, fps: float, rate: float, expected: int
) -> None:
    """Of thirty pictures skipped ten would have been given at ten a second; at an unknown rate all count."""
    monkeypatch.setattr(_Hasty, "rate", rate)
    reader = _Hasty(fps)
    first, second = reader.read(1.0), reader.read(1.0)

    assert first and second
    assert (first.index, second.index) == (0, expected)


def test_realtime_drops_what_nobody_takes(tmp_path: Path) -> None:
    """A slow reader of a file played in real time gets the newest pictures, with gaps in their numbers."""
    path = tmp_path / "clip.gif"
    make_gif(path, [20] * 26)
    live: list[Frame] = []
    late = threading.Event()
    for frame in Capture(name="hall", source=str(path), realtime=True).process(()):
        last = frame
        if frame.pixels is not None:
            live.append(frame)
            late.wait(0.25 if len(live) == 1 else 0.0)

    numbers = [frame.seq for frame in live]
    assert last.state == "ended"
    assert last.seq == len(live)
    assert max(b - a for a, b in pairwise(numbers)) > 5
    assert numbers[-1] == 25
    assert numbers == sorted(set(numbers))
    assert not any(frame.lossless for frame in live)
    assert live[-1].captured_ns - live[0].captured_ns > 0.9 * live[-1].pts_ns


class _Steady(Reader):
    """Pictures at 50 per second, as of a camera."""

    def _decode(self, timeout_s: float) -> Picture | None:
        threading.Event().wait(0.02)
        return Picture(pixels=np.zeros((3, 2), np.uint8), pts_ns=self._decoded * 20_000_000)

    def close(self) -> None:
        pass


@pytest.mark.slow
def test_a_camera_of_which_fps_keeps_few_frames_is_not_stalled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame each 0.7 s is kept of a camera that counts as stalled after 0.4 s: it is not opened again for that."""
    opened = []
    monkeypatch.setattr(Capture, "open_reader", lambda *_: opened.append(1) or _Steady(1.5))
    with closing(Capture(name="hall", source="rtsp://camera", stall_s=0.4).process()) as frames:  # type: ignore[type-var]
        found = [frame for _, frame in zip(range(9), frames, strict=False)]

    assert [frame.state for frame in found[1:]] == ["live"] * 8
    assert sum(frame.pixels is not None for frame in found) >= 2
    assert opened == [1]


class _Pausing(Reader):
    """Three pictures of a recording, the last one 0.8 s after the second."""

    def _decode(self, timeout_s: float) -> Picture | None:
        if self._count == 3:
            raise self._end()
        return Picture(pixels=np.zeros((3, 2), np.uint8), pts_ns=(0, 20_000_000, 820_000_000)[self._count])

    def close(self) -> None:
        pass


@pytest.mark.slow
def test_a_pause_in_a_file_in_real_time_is_no_silence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The frame behind it is not lost, and the camera does not count as stalled until then."""
    (tmp_path / "clip.mp4").touch()
    monkeypatch.setattr(Capture, "open_reader", lambda *_: _Pausing())
    monkeypatch.setattr("stages.capture.FILE_HANG_S", 0.4)
    monkeypatch.setattr("stages.capture.BEAT_S", 0.1)
    source = Capture(name="hall", source=str(tmp_path / "clip.mp4"), realtime=True, stall_s=0.3)
    *found, last = source.process()

    assert (last.state, last.seq, last.error) == ("ended", 3, None)
    assert {frame.state for frame in found[1:]} == {"live"}
