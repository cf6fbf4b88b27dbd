"""The processes on a node, as a task starts them; Ray has no part in it."""

import importlib.metadata
import os
from collections import defaultdict
from pathlib import Path

import msgspec
import psutil
import pytest

from pipeline.batch.cluster.letters import WORK, Assignment
from pipeline.batch.cluster.task import Complete, Failed, Item, Processes, end, process
from pipeline.batch.results import Summary
from pipeline.batch.wanted import Wanted
from pipeline.metrics.camera_totals import CameraSummary
from stages.media import gstreamer
from tests.support.films import film

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed"),
]
FRAMES = 20


def assignment(films: dict[str, Path], version: str = "") -> bytes:
    """Return what a driver sends first."""
    wanted = Wanted("en", video=False, pictures=False, every_frame=False, parquet=False, journal=False)
    tables = {
        "camera": {name: {"source": str(path)} for name, path in films.items()},
        "output": wanted.outputs(Path(WORK)),
        "metrics": {"listen": ""},
        "run": {"jobs": 1, "attempts": 1},
    }
    sent = Assignment(version=version or importlib.metadata.version("emobot"), tables=tables, wanted=wanted.names)
    return msgspec.json.encode(sent)


def files_of(items: list[Item]) -> dict[str, bytes]:
    """Return the files that a task sent."""
    found: dict[str, bytes] = defaultdict(bytes)
    for item in items:
        for part in item if isinstance(item, list) else ():
            found[part.name] += part.data
    return found


def test_one_run_serves_many_tasks(tmp_path: Path) -> None:
    """In any order, with the same results; a file that is not there costs only itself, and nothing stays behind."""
    first = film(tmp_path / "first.mp4", width=320, height=240, seconds=1.0)
    second = tmp_path / "second.mp4"
    second.write_bytes(first.read_bytes())
    line = assignment({"first": first, "absent": tmp_path / "absent.mp4", "second": second})
    before = {child.pid for child in psutil.Process().children()}
    try:
        sent = {name: list(process(line, name)) for name in ("second", "absent", "first")}
        (started,) = (child for child in psutil.Process().children() if child.pid not in before)
        stages = started.children(recursive=True)
        folders = [*Path("/dev/shm").glob(f"emobot-{started.pid}-*")]
        end([started.pid, os.getpid()])
        assert started.status() == psutil.STATUS_ZOMBIE and folders and not any(map(Path.exists, folders))
    finally:
        Processes.of(line).stop()

    assert all(items[-1] == Complete("", started.pid) for items in sent.values())
    one, other = files_of(sent["first"]), files_of(sent["second"])
    assert one["faces.csv"] == other["faces.csv"] and one["faces.csv"].count(b"\n") > FRAMES // 2
    assert sum(isinstance(item, list) for item in sent["first"]) == 1  # small files travel together
    summary = msgspec.json.decode(one["summary.json"], type=Summary)
    assert (summary.frames_in, summary.frames_out, summary.status) == (FRAMES, FRAMES, "done")
    nothing = msgspec.json.decode(files_of(sent["absent"])["summary.json"], type=Summary)
    assert (nothing.frames_in, nothing.fault) == (0, "absent")
    assert nothing.error == f"expected a file, found nothing: {tmp_path / 'absent.mp4'}"
    figures = [item for item in sent["first"] if isinstance(item, CameraSummary)]
    assert figures[-1].frames == FRAMES
    assert stages and not any(stage.is_running() for stage in stages)


def test_another_version_is_refused(tmp_path: Path) -> None:
    """The reason comes with the exit code, so that the driver avoids the node."""
    (tmp_path / "a.mp4").touch()
    processes = Processes(assignment({"a": tmp_path / "a.mp4"}, version="0.0.1"), None)
    with pytest.raises(Exception, match="expected Emobot 0.0.1, the driver's, found") as error:
        list(processes.process("a"))
    processes.stop()

    assert error.value.code == 2  # type: ignore[attr-defined]


def test_killed_processes_are_a_failure(tmp_path: Path) -> None:
    """Their exit code is checked."""
    (tmp_path / "a.mp4").touch()
    line = assignment({"a": tmp_path / "a.mp4"})
    before = {child.pid for child in psutil.Process().children()}
    Processes.of(line)
    (started,) = (child for child in psutil.Process().children() if child.pid not in before)
    started.kill()

    assert list(process(line, "a")) == [None, Failed("its processes ended with signal 9", "")]
