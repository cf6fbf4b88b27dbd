"""Every frame given to `Record` is in the file, at its time, also when something goes wrong."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from pipeline.messages import Frame
from stages.media import gstreamer
from stages.record import Record
from tests.stages.recorded import make_frames, needs_gstreamer, read, write

HOUR_NS = 3600 * 10**9


@needs_gstreamer
def test_every_picture_is_in_the_file_at_its_time(tmp_path: Path) -> None:
    """As many pictures come back as were given, at the same times and looking the same."""
    frames = make_frames(50)
    write(tmp_path / "{camera}.mp4", frames)
    back = read(tmp_path / "hall.mp4")

    assert [frame.pts_ns // 1000 for frame in back] == [frame.pts_ns // 1000 for frame in frames[:-1]]
    assert back[0].duration_ns == 50 * 40_000_000
    assert list(tmp_path.iterdir()) == [tmp_path / "hall.mp4"]
    for one, other in zip(frames, back, strict=False):
        assert np.abs(one.pixels.astype(int) - other.pixels).mean() < 4  # type: ignore[union-attr]


@needs_gstreamer
@pytest.mark.parametrize("fps", [0.0, 25.0])
def test_irregular_times_are_kept(tmp_path: Path, fps: float) -> None:
    """A variable rate stays one, whatever the nominal rate says; no picture is lost or doubled."""
    times_ms = [0, 40, 240, 250, 251, 1000, 1500, 1540]
    frames = make_frames(len(times_ms), fps=fps)
    frames = [replace(f, pts_ns=5_000_000_000 + t * 1_000_000) for f, t in zip(frames, times_ms, strict=False)]
    write(tmp_path / "clip.mp4", [*frames, make_frames(0)[0]])

    assert [round(frame.pts_ns / 1e6) for frame in read(tmp_path / "clip.mp4")] == times_ms


@needs_gstreamer
def test_equal_times_lose_no_picture(tmp_path: Path) -> None:
    """Pictures with the same timestamp are all kept."""
    write(tmp_path / "clip.mp4", make_frames(6, pts_ns=70))

    assert len(read(tmp_path / "clip.mp4")) == 6


@needs_gstreamer
@pytest.mark.parametrize("size", [(642, 358), (130, 98), (16, 16), (1922, 34)])
def test_any_even_size(tmp_path: Path, size: tuple[int, int]) -> None:
    """Sizes that the encoder pads come back unpadded and unsheared."""
    frames = make_frames(3, width=size[0], height=size[1])
    write(tmp_path / "clip.mp4", frames)
    back = read(tmp_path / "clip.mp4")

    assert [(frame.width, frame.height) for frame in back] == [size] * 3
    assert np.abs(back[2].pixels.astype(int) - frames[2].pixels).mean() < 5  # type: ignore[union-attr]


@needs_gstreamer
def test_another_size_is_scaled_to_the_first(tmp_path: Path) -> None:
    """Where the size changes the file keeps its own."""
    small, large = make_frames(5), make_frames(5, width=256, height=192)
    later = [replace(frame, pts_ns=frame.pts_ns + 200_000_000) for frame in large]
    write(tmp_path / "clip.mp4", [*small[:-1], *later])

    assert [(frame.width, frame.height) for frame in read(tmp_path / "clip.mp4")] == [(128, 96)] * 10


@needs_gstreamer
def test_an_upright_frame_in_a_broad_video_is_not_squashed(tmp_path: Path) -> None:
    """It keeps its proportions, black on both sides."""
    broad = make_frames(5)
    upright = np.full((128 * 3 // 2, 96), 128, np.uint8)
    upright[:128] = 180
    later = [
        replace(frame, width=96, height=128, pixels=upright, pts_ns=frame.pts_ns + 200_000_000)
        for frame in make_frames(5)
        if frame.pixels is not None
    ]
    write(tmp_path / "clip.mp4", [*broad[:-1], *later, broad[-1]])
    last = read(tmp_path / "clip.mp4")[-1]

    assert last.pixels is not None
    middle = last.pixels[48]
    assert abs(int(middle[64]) - 180) <= 3
    assert abs(int(middle[32]) - 180) <= 3
    assert (middle[:20] < 25).all()
    assert (middle[-20:] < 25).all()


@needs_gstreamer
def test_pixels_may_change_after_they_were_given(tmp_path: Path) -> None:
    """Nothing of a frame is kept when `process` returns."""
    record = Record(path=str(tmp_path / "clip.mp4"))
    for frame in make_frames(10):
        record.process([frame])
        if frame.pixels is not None:
            frame.pixels[:] = 0
    record.close()

    assert all(frame.pixels[:96].max() > 150 for frame in read(tmp_path / "clip.mp4"))  # type: ignore[index]


@needs_gstreamer
def test_cameras_have_a_file_each(tmp_path: Path) -> None:
    """Mixed frames of two cameras go to two files, in folders that are made."""
    one, two = make_frames(5), make_frames(7, camera="yard")
    record = Record(path=str(tmp_path / "new" / "{camera}" / "clip-{date}.mp4"))
    record.process([*one[:3], *two[:4], *one[3:], *two[4:]])
    record.close()

    (hall,) = (tmp_path / "new" / "hall").iterdir()
    (yard,) = (tmp_path / "new" / "yard").iterdir()
    assert (len(read(hall)), len(read(yard))) == (5, 7)
    assert hall.suffix == yard.suffix == ".mp4"


@needs_gstreamer
def test_the_file_of_a_removed_camera_is_completed(tmp_path: Path) -> None:
    """Also if its process has crashed, so that its stream has no end; that of a recording stays incomplete."""
    one, two = make_frames(5, lossless=False)[:-1], make_frames(5, camera="yard")[:-1]
    with closing(Record(path=str(tmp_path / "{camera}.mp4"))) as record:
        record.process([*one, *two])
        record.keep({"hall", "yard"})
        assert not (tmp_path / "hall.mp4").exists()
        record.keep(set())
        assert sorted(path.name for path in tmp_path.iterdir()) == ["hall.mp4", "yard.mp4.partial"]
        assert len(read(tmp_path / "hall.mp4")) == 5


@needs_gstreamer
def test_a_recording_that_was_cut_off_and_could_not_start_again_stays_partial(tmp_path: Path) -> None:
    """The end of a new run is not the end of the old one."""
    write(tmp_path / "clip.mp4", [*make_frames(10)[:-1], *make_frames(0, run=2)])

    assert list(tmp_path.iterdir()) == [tmp_path / "clip.mp4.partial"]


@needs_gstreamer
@pytest.mark.parametrize("encoder", ["x264enc", "openh264enc"])
def test_each_encoder_takes_its_options(tmp_path: Path, encoder: str) -> None:
    """A bitrate that is asked for is kept, by every encoder that is installed."""
    rng = np.random.default_rng(0)
    frames = make_frames(50, width=320, height=240)
    for frame in frames[:-1]:
        frame.pixels[:240] += rng.integers(0, 40, (240, 320), np.uint8)  # type: ignore[index]
    sizes = []
    for kbps in (300, 2400):
        write(tmp_path / f"{kbps}.mp4", frames, encoder=encoder, bitrate_kbps=kbps)
        sizes.append((tmp_path / f"{kbps}.mp4").stat().st_size)

    assert sizes[1] > 2 * sizes[0]


def test_without_gstreamer_opencv_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same number of frames is written, and an interrupted file stays partial."""
    monkeypatch.setattr(gstreamer, "available", lambda: False)
    write(tmp_path / "clip.mp4", make_frames(30))
    write(tmp_path / "cut.mp4", make_frames(30)[:-1])

    assert len(read(tmp_path / "clip.mp4")) == 30
    assert not (tmp_path / "cut.mp4").exists()


def at_hours(hours: Sequence[float], **more: object) -> list[Frame]:
    """Return a stream with frames at these times, and its end."""
    *frames, last = make_frames(len(hours), **more)
    return [*(replace(f, pts_ns=round(h * HOUR_NS)) for f, h in zip(frames, hours, strict=True)), last]


@needs_gstreamer
def test_a_camera_has_a_file_for_each_six_hours(tmp_path: Path) -> None:
    """A pause of half a day, such as a night without power, and days of frames: every frame is in a file, in order."""
    hours = [0, 1, 5.9, 6.1, 7, 19.1, 19.2, 60, 66.1]
    write(tmp_path / "{camera}.mp4", at_hours(hours, lossless=False))
    files = [tmp_path / f"hall{number}.mp4" for number in ("", "-2", "-3", "-4", "-5")]

    for file, times in zip(files, [(0, 1, 5.9), (0, 0.9), (0, 0.1), (0,), (0,)], strict=True):
        assert [frame.pts_ns / HOUR_NS for frame in read(file)] == pytest.approx(times, abs=1e-6)
    assert sorted(tmp_path.iterdir()) == sorted(files)


@needs_gstreamer
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("hours", [(0, 1, 5, 5.5), (0, 7, 13.5, 20), (0, 12, 19.9)])
def test_a_long_recording_has_one_file(tmp_path: Path, hours: Sequence[float], known: bool) -> None:
    """Whether or not its source says how long it is."""
    length_ns = round(hours[-1] * HOUR_NS) + 40_000_000 if known else 0
    write(tmp_path / "{camera}.mp4", at_hours(hours, duration_ns=length_ns))

    found = [frame.pts_ns / HOUR_NS for frame in read(tmp_path / "hall.mp4")]
    assert found == pytest.approx(hours, abs=1e-6)


@needs_gstreamer
def test_a_recording_of_a_month_has_one_file(tmp_path: Path) -> None:
    """Such as a time lapse; its times are right to a millisecond."""
    hours = (0, 100, 250, 500)
    write(tmp_path / "{camera}.mp4", at_hours(hours, duration_ns=501 * HOUR_NS))

    assert [frame.pts_ns / HOUR_NS for frame in read(tmp_path / "hall.mp4")] == pytest.approx(hours, abs=1e-6)
