"""Recordings that are cut off, killed or have no room."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, InputError
from stages.capture import Capture
from stages.record import Record
from tests.stages.recorded import make_frames, needs_gstreamer, read, write
from tests.support.waiting import until


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
@pytest.mark.parametrize("live", [False, True])
def test_a_killed_process_leaves_what_can_be_played(tmp_path: Path, live: bool) -> None:
    """After `kill -9` the partial file holds everything up to the last fragment; a camera's is completed later."""
    program = (
        "import sys\n"
        "from stages.record import Record\n"
        "from stages.synthetic import Synthetic\n"
        "from msgspec.structs import replace\n"
        f"record = Record(path={str(tmp_path / 'clip.mp4')!r}, fragment_s=0.5)\n"
        "for frame in Synthetic(name='hall', width=320, height=240, seconds=600, realtime=False).process(()):\n"
        f"    record.process([replace(frame, lossless={not live})])\n"
        "    if frame.seq == 100: print('now', flush=True)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"now\n"
        Record(path=str(tmp_path / "{camera}.mp4")).close()
        (partial,) = tmp_path.iterdir()
        assert partial.name == ("clip.mp4.live.partial" if live else "clip.mp4.partial"), "a living process writes it"
        process.send_signal(signal.SIGKILL)
    Record(path=str(tmp_path / "{camera}.mp4")).close()

    (file,) = tmp_path.iterdir()
    assert file.name == ("clip.mp4" if live else "clip.mp4.partial")
    *frames, end = Capture(name="hall", source=str(file)).process(())
    pictures = [frame for frame in frames if frame.pixels is not None]
    assert len(pictures) >= 75
    assert [round(frame.pts_ns * 30 / 1e9) for frame in pictures] == list(range(len(pictures)))
    assert not (live and end.error)


@needs_gstreamer
def test_what_a_killed_process_left_of_a_camera_is_completed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A part of a fragment is cut off; nothing is replaced; what cannot be played stays."""
    caplog.set_level("INFO")
    record = Record(path=str(tmp_path / "film.mp4"), fragment_s=0.5)
    for frame in make_frames(100)[:-1]:
        record.process([frame])
    until(lambda: (tmp_path / "film.mp4.partial").read_bytes().count(b"moof") > 4)
    film = (tmp_path / "film.mp4.partial").read_bytes()
    record.close()
    heads = [found.start() - 4 for found in re.finditer(b"moo[vf]", film)]
    ends = [at + int.from_bytes(film[at : at + 4], "big") for at in heads]
    left = {
        "hall.mp4": film[: ends[4] + 100],
        "hall-2.mp4": film[: ends[3]],
        "yard.mp4": film[: ends[1] + 8],
        "finished.mp4": (tmp_path / "film.mp4.partial").read_bytes(),
        "half.mp4": film[: ends[0] - 10],
        "zero.mp4": b"",
        "text.mp4": b"no video at all",
    }
    folder = tmp_path / "[out]"
    folder.mkdir()
    for name, content in left.items():
        (folder / f"{name}.live.partial").write_bytes(content)
    (folder / "yard.mp4").write_bytes(b"there")
    Record(path=str(folder / "{camera}.mp4")).close()

    complete = ["finished.mp4", "hall-2.mp4", "hall.mp4", "yard-2.mp4"]
    kept = ["half.mp4.live.partial", "text.mp4.live.partial", "zero.mp4.live.partial"]
    assert sorted(one.name for one in folder.iterdir()) == sorted([*complete, *kept, "yard.mp4"])
    counts = {name: len(read(folder / name)) for name in complete}
    assert counts["finished.mp4"] == 100 > counts["hall.mp4"] > counts["hall-2.mp4"] > counts["yard-2.mp4"] > 0
    assert (folder / "yard.mp4").read_bytes() == b"there"
    assert (caplog.text.count("is complete"), caplog.text.count("has no whole fragment")) == (4, 3)


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
    (tmp_path / "hall").write_text("")
    with pytest.raises(InputError, match="expected to write .*, found: File exists"):
        write(tmp_path / "{camera}" / "clip.mp4", make_frames(1, camera="hall"))


def test_a_path_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    """Not when the first frame comes, which may be hours later."""
    (tmp_path / "file").write_text("")
    (tmp_path / "away").symlink_to(tmp_path / "nowhere")
    (tmp_path / "clip.mp4").mkdir()
    for path, found in [
        ("file/clip.mp4", "path: expected a folder that can be written to for .*, found .*/file: Not a directory"),
        ("file/deeper/{camera}/{date}.mp4", "found .*/file: Not a directory"),
        ("away/{camera}.mp4", "found .*/away: No such file or directory"),
        ("clip.mp4", "path: expected a file, found the folder .*/clip.mp4"),
    ]:
        with pytest.raises(ConfigError, match=found):
            Record(path=str(tmp_path / path))
    Record(path=str(tmp_path / "new/{camera}/clip.mp4")).close()

    assert sorted(one.name for one in tmp_path.iterdir()) == ["away", "clip.mp4", "file"]


@needs_gstreamer
def test_a_recording_replaces_only_the_video_of_a_recording(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What a camera of this name recorded, and what somebody else put there, stays; the log reports it."""
    write(tmp_path / "{camera}.mp4", make_frames(4, lossless=False))
    (tmp_path / "hall-2.mp4").write_bytes(b"mine")
    before = (tmp_path / "hall.mp4").read_bytes()
    for count in (5, 6):
        write(tmp_path / "{camera}.mp4", make_frames(count))
        assert len(read(tmp_path / "hall-3.mp4")) == count

    assert (tmp_path / "hall.mp4").read_bytes() == before
    assert (tmp_path / "hall-2.mp4").read_bytes() == b"mine"
    assert len(list(tmp_path.iterdir())) == 3
    assert caplog.text.count("hall.mp4 stays") == 2


@needs_gstreamer
def test_a_recording_never_replaces_a_folder(tmp_path: Path) -> None:
    """When it begins, not when it is complete; a camera's file gets a number."""
    (tmp_path / "hall.mp4").mkdir()
    with pytest.raises(InputError, match=r"expected to write .*hall\.mp4, found a folder"):
        write(tmp_path / "{camera}.mp4", make_frames(1, camera="hall"))
    write(tmp_path / "{camera}.mp4", make_frames(1, camera="hall", lossless=False))

    assert sorted(one.name for one in tmp_path.iterdir()) == ["hall-2.mp4", "hall.mp4"]


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
    """The option, what was expected and what was found are named; also when a config is checked."""
    for refuse in (Record.check, Record):
        with pytest.raises(ConfigError, match=match):
            refuse(**options)
