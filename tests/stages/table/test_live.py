"""A live camera's tables: nobody can play it again, so nothing replaces them."""

import errno
import json
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.errors import InputError
from pipeline.messages import Box, Face, Frame
from stages.table import Table
from stages.table.files import TableFiles

pytestmark = pytest.mark.slow


def frame(n: int, **changes: Any) -> Frame:
    """Return frame n of a live camera with one person."""
    faces = (Face(track=1, box=Box(x=1, y=2, width=30, height=40), score=0.9, label="happy", confidence=0.7),)
    values = {"camera": "desk", "run": 1, "seq": n, "pts_ns": n * 10**8, "fps": 10.0, "width": 64, "height": 48}
    return Frame(**{**values, "faces": faces, **changes})


def ended(n: int, **changes: Any) -> Frame:
    """Return the end of its stream."""
    return frame(n, faces=(), state="ended", **changes)


def watch(folder: Path, *frames: Frame) -> None:
    """Let a table of one process see frames."""
    with closing(Table(path=f"{folder}/{{camera}}")) as table:
        for one in frames:
            assert list(table.process([one])) == []


def rows(folder: Path) -> dict[str, int]:
    """Return the number of rows of each table below a folder."""
    return {str(p.relative_to(folder)): p.read_text().count("\n") - 1 for p in folder.rglob("faces.csv*")}


def test_the_next_run_keeps_the_results(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Its own are in a folder with a number; the log names it. A folder without results is used."""
    caplog.set_level("INFO")
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk/notes.txt").write_text("mine")
    watch(tmp_path, frame(0), frame(1), ended(2))
    watch(tmp_path, frame(0, run=2))
    watch(tmp_path, frame(0, run=3), frame(1, run=3), frame(2, run=3))

    assert rows(tmp_path) == {"desk/faces.csv": 2, "desk-2/faces.csv": 1, "desk-3/faces.csv": 3}
    assert (tmp_path / "desk/timeline.png").exists() and (tmp_path / "desk/notes.txt").exists()
    assert f"desk: {tmp_path}/desk has results; the new ones are in {tmp_path}/desk-3" in caplog.messages


@pytest.mark.parametrize("summary", ["camera", "killed", "other"])
def test_a_recording_keeps_the_results_of_a_camera(tmp_path: Path, summary: str) -> None:
    """Of the same name: the camera's table may play a file for a while. It replaces only those of a recording."""
    watch(tmp_path, frame(0), frame(1), ended(2))
    if summary == "killed":
        (tmp_path / "desk/summary.json").rename(tmp_path / "desk/unfinished.json")
    if summary == "other":
        (tmp_path / "desk/summary.json").write_text("{}")
    kept = {path.name: path.read_bytes() for path in (tmp_path / "desk").iterdir()}
    for count in (3, 4):
        film = [frame(n, run=5 + count, lossless=True) for n in range(count)]
        watch(tmp_path, *film, ended(count, run=5 + count, lossless=True))

    assert rows(tmp_path) == {"desk/faces.csv": 2, "desk-2/faces.csv": 4}
    if summary != "killed":
        assert {path.name: path.read_bytes() for path in (tmp_path / "desk").iterdir()} == kept


@pytest.mark.parametrize("says_it_ends", [True, False])
def test_a_camera_whose_process_restarts_loses_no_row(tmp_path: Path, says_it_ends: bool) -> None:
    """As after a change of its options, or when it died."""
    last = [ended(2)] if says_it_ends else []
    watch(tmp_path, frame(0), frame(1), *last, frame(0, run=2))

    assert rows(tmp_path) == {"desk/faces.csv": 2, "desk-2/faces.csv": 1}


def test_tables_of_a_removed_camera_are_completed(tmp_path: Path) -> None:
    """Also if its process has crashed, so that its stream has no end; a recording leaves none."""
    with closing(Table(path=f"{tmp_path}/{{camera}}")) as table:
        for one in (frame(0), frame(0, camera="file", lossless=True), frame(1)):
            assert list(table.process([one])) == []
        table.keep({"desk", "file"})
        assert not (tmp_path / "desk/timeline.png").exists()
        table.keep(set())
        assert rows(tmp_path) == {"desk/faces.csv": 2}
        assert (tmp_path / "desk/timeline.png").exists()


def test_what_a_killed_process_has_written_stays(tmp_path: Path) -> None:
    """Under its name until it was complete."""
    killed = Table(path=f"{tmp_path}/{{camera}}")
    list(killed.process([frame(0)]))
    watch(tmp_path, frame(1))

    assert set(rows(tmp_path)) == {"desk/faces.csv.partial", "desk-2/faces.csv"}
    killed.close()


def test_the_next_files_begin_after_a_day(tmp_path: Path) -> None:
    """Those of the first day are complete then; its timeline is drawn beside the work, which a recording waits for."""
    watch(tmp_path, frame(0), frame(864_000), frame(864_001), frame(864_002))
    summaries = [json.loads((tmp_path / name / "summary.json").read_text()) for name in ("desk", "desk-2")]

    assert rows(tmp_path) == {"desk/faces.csv": 2, "desk-2/faces.csv": 2}
    assert [(one["first_pts_ms"], one["status"], one["frames_out"]) for one in summaries] == [
        (0.0, "done", 2),
        (86_400_100.0, "done", 2),
    ]
    assert all((tmp_path / name / "timeline.png").exists() for name in ("desk", "desk-2"))
    watch(tmp_path / "films", frame(0, lossless=True), frame(864_001, lossless=True), ended(2, lossless=True))
    assert rows(tmp_path / "films") == {"desk/faces.csv": 2}


def test_frames_pass_while_a_day_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Drawing takes seconds, and frames that waited for as long would be lost; one that fails is one line."""
    drawn = threading.Event()

    def draw(*values: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            values[3].touch()
            return
        assert drawn.wait(60)
        raise OSError(errno.EROFS, "Read-only file system")

    with closing(Table(path=f"{tmp_path}/{{camera}}")) as table, monkeypatch.context() as patch:
        patch.setattr("stages.table.people.draw_timeline", draw)
        for one in (frame(0), frame(864_001), frame(864_002)):
            assert list(table.process([one])) == []
        assert not drawn.is_set()
        drawn.set()
        table.close()
    assert [record.getMessage() for record in caplog.records if "timeline" in record.getMessage()] == [
        "a timeline cannot be drawn: [Errno 30] Read-only file system"
    ]


def test_a_recording_replaces_its_results(tmp_path: Path) -> None:
    """It can be played again."""
    for count in (2, 1):
        frames = [frame(n, lossless=True, run=count) for n in range(count)]
        watch(tmp_path, *frames, ended(count, lossless=True, run=count))

    assert rows(tmp_path) == {"desk/faces.csv": 1}


def full(*_: Any) -> None:
    """Stand in for a full disk."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows so far and the other streams stay; of a recording, which is played again, nothing."""
    table = Table(path=f"{tmp_path}/{{camera}}")
    frames = [frame(0), frame(0, camera="other"), frame(0, camera="film", lossless=True)]
    for one in frames:
        list(table.process([one]))
    with monkeypatch.context() as patch:
        patch.setattr(TableFiles, "write", full)
        for one in frames[::2]:
            with pytest.raises(InputError) as caught:
                list(table.process([replace(one, seq=1)]))
            place = tmp_path / one.camera
            assert str(caught.value) == (
                f"cannot write the results of {one.camera} into {place}: No space left on device"
            )
    table.close()

    assert set(rows(tmp_path)) == {"desk/faces.csv.partial", "other/faces.csv"}


def test_a_disk_that_became_read_only_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be removed from it either, which says no more."""
    table, film = Table(path=f"{tmp_path}/{{camera}}"), frame(0, camera="film", lossless=True)
    list(table.process([film]))

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        patch.setattr(Path, "unlink", refuse)
        with pytest.raises(InputError, match=r"cannot write the results of film into .*: Read-only file system"):
            list(table.process([ended(1, camera="film", lossless=True)]))
    table.close()


def test_at_the_end_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every stream is finished that can be."""
    table = Table(path=f"{tmp_path}/{{camera}}")
    for camera in ("a", "b"):
        list(table.process([frame(0, camera=camera)]))
    monkeypatch.setattr("stages.table.files.ParquetFile.close", full)
    with pytest.raises(InputError, match=r"results of a into .*; cannot write the results of b into "):
        table.close()


def test_a_disk_that_is_full_at_the_start_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each new try would otherwise leave a folder."""
    monkeypatch.setattr("stages.table.files.ParquetFile", full)
    for _ in range(2):
        with pytest.raises(InputError, match="No space left on device"):
            watch(tmp_path, frame(0))

    assert [path.name for path in tmp_path.rglob("*")] == ["desk"]
