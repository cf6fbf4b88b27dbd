"""Every frame given to `Record` is in the file, at its time, also when something goes wrong."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from pipeline.errors import ConfigError, InputError
from pipeline.messages import Frame
from stages.capture import Capture
from stages.media import gstreamer
from stages.record import Record

needs_gstreamer = pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")


def make_frames(count: int = 20, *, width: int = 128, height: int = 96, fps: float = 25.0, **more: Any) -> list[Frame]:
    """Return a recording of moving bars, and its end."""
    frames = []
    for i in range(count):
        pixels = np.full((height * 3 // 2, width), 128, np.uint8)
        pixels[:height] = np.roll(np.linspace(40, 200, width), 5 * i)
        frames.append(
            Frame(
                camera="hall",
                run=1,
                seq=i,
                pts_ns=round(i * 1e9 / (fps or 25)),
                fps=fps,
                lossless=True,
                width=width,
                height=height,
                pixels=pixels,
            )
        )
    frames.append(Frame(camera="hall", run=1, seq=count, state="ended", lossless=True))
    return [replace(frame, **more) for frame in frames]


def write(path: Path, frames: list[Frame], **options: Any) -> None:
    """Give the frames to a `Record` one by one, and close it."""
    with closing(Record(path=str(path), **options)) as record:
        for frame in frames:
            assert list(record.process([frame])) == []


def read(path: Path) -> list[Frame]:
    """Return the pictures in a file."""
    *frames, last = Capture(name="hall", source=str(path)).process(())

    assert last.error is None
    return [frame for frame in frames if frame.state == "live"]


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
def test_a_recording_cut_off_stays_partial(tmp_path: Path) -> None:
    """Without its end a recording is not called complete, though it can be played."""
    write(tmp_path / "clip.mp4", make_frames(10)[:-1])

    assert list(tmp_path.iterdir()) == [tmp_path / "clip.mp4.partial"]
    assert len(read(tmp_path / "clip.mp4.partial")) == 10


@needs_gstreamer
def test_a_recording_that_starts_again_starts_its_file_again(tmp_path: Path) -> None:
    """A new run discards what was written of the old one, and replaces a finished file."""
    write(tmp_path / "clip.mp4", make_frames(3))
    write(tmp_path / "clip.mp4", [*make_frames(10)[:-1], *make_frames(6, run=2)])

    assert list(tmp_path.iterdir()) == [tmp_path / "clip.mp4"]
    assert len(read(tmp_path / "clip.mp4")) == 6


@needs_gstreamer
def test_a_recording_that_was_cut_off_and_could_not_start_again_stays_partial(tmp_path: Path) -> None:
    """The end of a new run is not the end of the old one."""
    write(tmp_path / "clip.mp4", [*make_frames(10)[:-1], *make_frames(0, run=2)])

    assert list(tmp_path.iterdir()) == [tmp_path / "clip.mp4.partial"]


@needs_gstreamer
def test_what_a_live_camera_recorded_is_never_lost(tmp_path: Path) -> None:
    """A new run, a restart and remains of a crash each lead to another file; closing completes it."""
    write(tmp_path / "clip.mp4", make_frames(3, lossless=False)[:-1])
    (tmp_path / "clip-2.mp4.partial").write_bytes(b"remains")
    runs = [*make_frames(4, lossless=False)[:-1], *make_frames(5, lossless=False, run=2)[:-1]]
    write(tmp_path / "clip.mp4", runs)

    assert {path.name: len(read(path)) for path in tmp_path.glob("*.mp4")} == {
        "clip.mp4": 3,
        "clip-3.mp4": 4,
        "clip-4.mp4": 5,
    }
    assert (tmp_path / "clip-2.mp4.partial").read_bytes() == b"remains"


@pytest.mark.process
@needs_gstreamer
def test_a_killed_process_leaves_what_can_be_played(tmp_path: Path) -> None:
    """After `kill -9` the partial file holds everything up to the last fragment."""
    program = (
        "import sys\n"
        "from stages.record import Record\n"
        "from stages.synthetic import Synthetic\n"
        f"record = Record(path={str(tmp_path / 'clip.mp4')!r}, fragment_s=0.5)\n"
        "for frame in Synthetic(name='hall', width=320, height=240, seconds=600, realtime=False).process(()):\n"
        "    record.process([frame])\n"
        "    if frame.seq == 100: print('now', flush=True)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"now\n"
        process.send_signal(signal.SIGKILL)

    *frames, _ = Capture(name="hall", source=str(tmp_path / "clip.mp4.partial")).process(())
    pictures = [frame for frame in frames if frame.state == "live"]
    assert len(pictures) >= 75
    assert [round(frame.pts_ns * 30 / 1e9) for frame in pictures] == list(range(len(pictures)))


@needs_gstreamer
def test_a_full_disk_is_told_every_time(tmp_path: Path) -> None:
    """Where nothing can be written each attempt fails in one line, and closing does not hang."""
    (tmp_path / "clip.mp4.partial").symlink_to("/dev/full")
    record = Record(path=str(tmp_path / "clip.mp4"))
    frames = make_frames(300)[:-1]
    with pytest.raises(InputError, match=r"cannot write .*clip\.mp4") as caught:
        for frame in frames:
            record.process([frame])
    with pytest.raises(InputError, match="cannot write"):
        record.process(frames[-1:])
    with pytest.raises(InputError, match="cannot write"):
        record.close()

    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """In one line; the run continues without it, and tries it again."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="expected to write .*, found: File exists"):
        write(tmp_path / "file" / "clip.mp4", make_frames(1))


@needs_gstreamer
def test_two_recordings_need_two_names(tmp_path: Path) -> None:
    """Two recordings with the same path are refused."""
    with pytest.raises(ConfigError, match="expected {camera} in path"):
        write(tmp_path / "clip.mp4", [*make_frames(2)[:-1], *make_frames(2, camera="yard")[:-1]])


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"path": "out/clip.avi"}, r"ending in \.mp4.*found 'out/clip\.avi'"),
        ({"path": "out/{kamera}.mp4"}, "but {camera}, {date}, {time}"),
        ({"path": "out/{camera.__class__}.mp4"}, "but {camera}, {date}, {time}"),
        ({"path": "out/{.mp4"}, "but {camera}, {date}, {time}"),
        ({"encoder": "h265enc"}, "expected encoder to be auto or one of"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], match: str) -> None:
    """The option, what was expected and what was found are named."""
    if "encoder" in options and not gstreamer.available():
        pytest.skip("GStreamer is not installed")
    with pytest.raises(ConfigError, match=match):
        Record(**options)


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
