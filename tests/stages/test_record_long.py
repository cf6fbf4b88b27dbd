"""What is recorded for days can be played to its end."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from pipeline.messages import Frame
from tests.stages.recorded import make_frames, needs_gstreamer, read, write

HOUR_NS = 3600 * 10**9

pytestmark = needs_gstreamer


def at_hours(hours: Sequence[float], **more: object) -> list[Frame]:
    """Return a stream with frames at these times, and its end."""
    *frames, last = make_frames(len(hours), **more)
    return [*(replace(f, pts_ns=round(h * HOUR_NS)) for f, h in zip(frames, hours, strict=True)), last]


def test_a_camera_has_a_file_for_each_six_hours(tmp_path: Path) -> None:
    """A pause of half a day, such as a night without power, and days of frames: every frame is in a file, in order."""
    hours = [0, 1, 5.9, 6.1, 7, 19.1, 19.2, 60, 66.1]
    write(tmp_path / "{camera}.mp4", at_hours(hours, lossless=False))
    files = [tmp_path / f"hall{number}.mp4" for number in ("", "-2", "-3", "-4", "-5")]

    for file, times in zip(files, [(0, 1, 5.9), (0, 0.9), (0, 0.1), (0,), (0,)], strict=True):
        assert [frame.pts_ns / HOUR_NS for frame in read(file)] == pytest.approx(times, abs=1e-6)
    assert sorted(tmp_path.iterdir()) == sorted(files)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("hours", [(0, 1, 5, 5.5), (0, 7, 13.5, 20), (0, 12, 19.9)])
def test_a_long_recording_has_one_file(tmp_path: Path, hours: Sequence[float], known: bool) -> None:
    """Whether or not its source says how long it is."""
    length_ns = round(hours[-1] * HOUR_NS) + 40_000_000 if known else 0
    write(tmp_path / "{camera}.mp4", at_hours(hours, duration_ns=length_ns))

    found = [frame.pts_ns / HOUR_NS for frame in read(tmp_path / "hall.mp4")]
    assert found == pytest.approx(hours, abs=1e-6)


def test_a_recording_of_a_month_has_one_file(tmp_path: Path) -> None:
    """Such as a time lapse; its times are right to a millisecond."""
    hours = (0, 100, 250, 500)
    write(tmp_path / "{camera}.mp4", at_hours(hours, duration_ns=501 * HOUR_NS))

    assert [frame.pts_ns / HOUR_NS for frame in read(tmp_path / "hall.mp4")] == pytest.approx(hours, abs=1e-6)
