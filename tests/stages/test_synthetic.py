"""The synthetic camera shows real faces, the same ones for the same seed, and a clock that survives coding."""

import itertools
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.synthetic import Synthetic, read_clock, write_clock
from tests.pipeline.memory import Clock


def make(**options: Any) -> Synthetic:
    """Return a synthetic camera that sends all its pictures at once."""
    return Synthetic(**{"name": "hall", "realtime": False, **options})


def faces_in(pixels: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Return the faces OpenCV's classic detector finds."""
    detector = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    luma = np.ascontiguousarray(pixels[: pixels.shape[0] * 2 // 3])
    return [tuple(box) for box in detector.detectMultiScale(luma, 1.1, 5, minSize=(60, 60))]


def test_a_stream_of_seconds_ends() -> None:
    """Two seconds at 10 fps are 20 numbered pictures and an end."""
    *frames, last = make(fps=10, seconds=2).process(())

    assert [frame.seq for frame in frames] == list(range(20))
    assert [frame.pts_ns for frame in frames] == [100_000_000 * i for i in range(20)]
    assert {(f.state, f.width, f.height, f.fps, f.duration_ns, f.lossless) for f in frames} == {
        ("live", 1280, 720, 10, 2_000_000_000, True)
    }
    assert all(frame.pixels.shape == (1080, 1280) for frame in frames)  # type: ignore[union-attr]
    assert (last.state, last.seq, last.pixels) == ("ended", 20, None)


def test_the_seed_decides_every_pixel() -> None:
    """The same seed draws the same picture, whatever was drawn before; another seed another one."""
    first, second, other = make(seed=5, faces=2), make(seed=5, faces=2), make(seed=6, faces=2)
    first.draw(3)

    assert np.array_equal(first.draw(40), second.draw(40))
    assert not np.array_equal(first.draw(40), other.draw(40))
    assert not np.array_equal(first.draw(40), first.draw(41))


def test_real_time_and_all_at_once_draw_the_same() -> None:
    """The pace does not change the pictures."""
    (frame, *_) = itertools.islice(Synthetic(name="hall", fps=200, seed=2).process(()), 1)

    assert np.array_equal(frame.pixels, make(fps=200, seed=2).draw(frame.seq))
    assert not frame.lossless


@pytest.mark.slow
@pytest.mark.parametrize("faces", [0, 1, 2, 4])
def test_faces_are_found(faces: int) -> None:
    """Nearly always as many faces are found as there are, 80 to 250 pixels high."""
    camera = make(faces=faces, seed=faces)
    found = [faces_in(camera.draw(25 * i)) for i in range(12)]

    assert sum(len(boxes) >= faces for boxes in found) >= 10
    assert all(60 <= box[3] <= 300 for boxes in found for box in boxes)
    if not faces:
        assert not any(found)


@pytest.mark.parametrize("size", [(256, 64), (320, 240), (642, 358), (1920, 1080), (360, 640)])
def test_any_size_can_be_drawn(size: tuple[int, int]) -> None:
    """Small, large, wide and upright pictures of many faces are drawn."""
    width, height = size
    for faces in (0, 1, 3, 12):
        assert make(width=width, height=height, faces=faces).draw(77).shape == (height * 3 // 2, width)


@given(st.integers(0, 2**64 - 1))
def test_the_clock_is_read_back(value: int) -> None:
    """Every number of 64 bits comes back."""
    pixels = np.full((96, 256), 77, np.uint8)
    write_clock(pixels, value)

    assert read_clock(pixels) == value
    assert (pixels[:40] == 77).all()


def test_the_clock_survives_coding() -> None:
    """It is read after JPEG at a quality nobody would look at, and noise."""
    pixels = make(clock=False).draw(10)
    write_clock(pixels, 1_769_000_123_456_789_012)
    coded = cv2.imdecode(
        cv2.imencode(".jpg", np.ascontiguousarray(pixels[:720]), [cv2.IMWRITE_JPEG_QUALITY, 12])[1],
        cv2.IMREAD_GRAYSCALE,
    )
    pixels[:720] = np.clip(coded + np.random.default_rng(0).normal(0, 20, coded.shape), 0, 255)

    assert read_clock(pixels) == 1_769_000_123_456_789_012


def test_no_clock_is_no_clock() -> None:
    """A picture without a clock, a damaged clock and a picture too small give None."""
    pixels = make().draw(0)
    assert read_clock(pixels) is None

    write_clock(pixels, 12345)
    pixels[720 - 10 : 720, 100:140] = 235
    assert read_clock(pixels) is None
    assert read_clock(np.zeros((30, 40), np.uint8)) is None


def test_frames_carry_the_clock() -> None:
    """Read without loss the clock is the position; in real time the moment of capture."""
    for frame in itertools.islice(make(clock=True).process(()), 3):
        assert read_clock(frame.pixels) == frame.pts_ns  # type: ignore[arg-type]
    for frame in itertools.islice(Synthetic(name="hall", fps=100, clock=True).process(()), 3):
        assert read_clock(frame.pixels) == frame.captured_ns  # type: ignore[arg-type]


def test_late_readers_get_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    """In real time pictures nobody took are left out: the numbers follow the clock."""
    clock = Clock()
    monkeypatch.setattr("stages.synthetic.time", clock)
    frames = []
    for frame in Synthetic(name="hall", width=256, height=64, fps=200, faces=0, seconds=0.3).process(()):
        frames.append(frame)
        if frame.seq == 0:
            clock.sleep(0.1001)
    *live, last = frames

    assert [frame.seq for frame in live] == [0, *range(20, 60)]
    assert [live[1].captured_ns - live[0].captured_ns, live[-1].captured_ns - live[1].captured_ns] == pytest.approx(
        [100_100_000, 194_900_000], abs=1000
    )
    assert last.seq == len(live)
