"""Clips, GIFs and folders are read whole, with GStreamer or without."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from stages.capture import Capture
from stages.media import gstreamer
from stages.media.reader import Picture, Reader
from tests.support.clips import check_stream, needs_gstreamer, read
from tests.support.films import film
from tests.support.gifs import make_gif

pytestmark = pytest.mark.slow

VIDEOS = Path(__file__).parents[4] / "shared" / "data" / "videos"


def test_a_gif_gives_every_picture(tmp_path: Path) -> None:
    """A GIF of 12.5 frames per second gives all of them at their times, in even size."""
    path = tmp_path / "clip.gif"
    make_gif(path, [80] * 13, (65, 49))
    frames, last = read(path)

    check_stream(frames, last)
    assert [frame.pts_ns // 1_000_000 for frame in frames] == [80 * i for i in range(13)]
    assert {(frame.width, frame.height, frame.fps) for frame in frames} == {(64, 48, 12.5)}
    assert frames[0].duration_ns == 13 * 80_000_000
    assert (last.seq, last.error) == (13, None)


@pytest.mark.skipif(not VIDEOS.is_dir(), reason="the clips of ../shared are not here")
@pytest.mark.parametrize(("name", "count"), [("signing-book.mkv", 109), ("two-people.gif", 56), ("one-woman.gif", 23)])
@pytest.mark.parametrize("gst", [True, False])
def test_real_clips_give_every_picture(monkeypatch: pytest.MonkeyPatch, name: str, count: int, gst: bool) -> None:
    """Recorded clips give as many pictures as other decoders find in them, with GStreamer or without."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    frames, last = read(VIDEOS / name)

    check_stream(frames, last)
    assert (len(frames), last.error) == (count, None)


@needs_gstreamer
@pytest.mark.parametrize("gst", [True, False])
def test_own_recordings_give_every_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gst: bool) -> None:
    """What the program has recorded comes back whole, at its times, with GStreamer or without."""
    path = film(tmp_path / "film.mp4", faces=2, width=320, height=240)
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    frames, last = read(path)

    check_stream(frames, last)
    assert (len(frames), last.error) == (40, None)
    assert [round(frame.pts_ns / 1e6) for frame in frames] == [50 * n for n in range(40)]


@pytest.mark.parametrize("gst", [True, False])
def test_own_gifs_give_every_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gst: bool) -> None:
    """Of unequal durations, with GStreamer or without."""
    if gst and not gstreamer.available():
        pytest.skip("GStreamer is not installed")
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    make_gif(tmp_path / "film.gif", [40, 100, 200] * 8)
    frames, last = read(tmp_path / "film.gif")

    check_stream(frames, last)
    assert (len(frames), last.error) == (24, None)


def test_a_folder_is_one_stream(tmp_path: Path) -> None:
    """The files of a folder follow each other; a broken one is named, and the others lose nothing."""
    for name in ("1.gif", "3.gif"):
        make_gif(tmp_path / name, [40] * 5)
    (tmp_path / "2.gif").write_bytes(b"GIF89a broken")
    (tmp_path / "notes.txt").write_text("not a video")
    frames, last = read(tmp_path)

    check_stream(frames, last)
    assert [frame.pts_ns // 1_000_000 for frame in frames] == [40 * i for i in range(10)]
    assert last.error is not None
    assert last.error.startswith("2.gif: ")
    assert ";" not in last.error

    assert read(tmp_path / "[13].gif")[1].seq == 10


def test_a_loop_goes_on(tmp_path: Path) -> None:
    """With `loop` a file starts again, and numbers and times continue."""
    path = tmp_path / "clip.gif"
    make_gif(path, [40] * 5)
    source = Capture(name="hall", source=str(path), loop=True).process(())
    frames = [next(source) for _ in range(12)]
    source.close()  # type: ignore[attr-defined]

    assert [frame.seq for frame in frames] == list(range(12))
    assert [frame.pts_ns // 1_000_000 for frame in frames] == [40 * i for i in range(12)]


def test_a_loop_over_nothing_ends(tmp_path: Path) -> None:
    """A file without pictures is not tried for ever."""
    path = tmp_path / "clip.gif"
    path.write_bytes(b"GIF89a")

    assert read(path, loop=True)[1].error is not None


def test_a_reader_that_stood_still_is_read_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After Ctrl-Z the decoder has had no time either; one that hangs is given up after 30 s."""
    now_s = 0.0

    class Still(Reader):
        waits = iter((60.0, *[0.5] * 100))

        def _decode(self, timeout_s: float) -> Picture | None:
            nonlocal now_s
            now_s += next(self.waits)
            return None

        def close(self) -> None:
            pass

    (path := tmp_path / "clip.mp4").touch()
    monkeypatch.setattr("stages.capture.time", SimpleNamespace(monotonic=lambda: now_s, time_ns=lambda: 0))
    monkeypatch.setattr(Capture, "open_reader", lambda *_: Still())
    *_, last = Capture(name="hall", source=str(path)).process(())

    assert last.fault == "silent"
    assert now_s == pytest.approx(90, abs=1)
