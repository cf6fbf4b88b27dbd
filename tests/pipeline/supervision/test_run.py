"""Runs of small plans, with real processes: what arrives at the outputs."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from pipeline.errors import InputError
from pipeline.supervision.runs import about_run, find_run, find_runs
from pipeline.supervision.workplace import Workplace
from tests.support.small_runs import SmallRun, camera, output, trunk

pytestmark = pytest.mark.process


def test_recordings_arrive_whole_in_order_and_in_every_size(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """Every frame of every recording reaches every output once, in order, as the overlay drew it."""
    program = start(
        camera("a", frames=120, sizes=[16, 640, 320, 1280])
        + camera("b", frames=90)
        + trunk()
        + output("look", tmp_path / "look")
        + output("note", tmp_path / "note", "Write")
    )

    assert program.end() == 0, program.log()
    for name, frames in (("a", 120), ("b", 90)):
        looks = [line for line in program.lines("look") if line["camera"] == name]
        assert [line["seq"] for line in looks] == list(range(frames + 1))
        assert [line["pixel"] for line in looks[:-1]] == [255 - seq % 251 for seq in range(frames)]
        assert [line["seq"] for line in program.lines("note") if line["camera"] == name] == list(range(frames + 1))
    assert "120" in program.output


def test_a_slow_output_gets_the_end_of_a_recording(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """An output without pixels has hundreds of waiting frames when the recording ends, and gets them all."""
    program = start(camera("a", frames=500) + trunk() + output("note", tmp_path / "note", "Write", 0.005))

    assert program.end() == 0, program.log()
    assert [line["seq"] for line in program.lines("note")] == list(range(501))


@pytest.mark.parametrize("wanted", ["", "2"])
def test_opencv_runs_on_one_thread_in_a_stage(
    start: Callable[[str], SmallRun], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    """OpenCV uses one thread per process unless configured otherwise."""
    monkeypatch.delenv("OPENCV_FOR_THREADS_NUM", raising=False)
    if wanted:
        monkeypatch.setenv("OPENCV_FOR_THREADS_NUM", wanted)
    program = start(camera("a") + trunk() + output("threads", tmp_path / "threads", "Threads"))

    assert program.end() == 0, program.log()
    assert program.lines("threads")[0] == {"threads": int(wanted or 1)}


@pytest.mark.parametrize(
    ("lossless", "fps", "slow_s", "is_lowered"),
    [(False, 50.0, 0.0, True), (True, 0.0, 0.005, True), (True, 50.0, 0.0, False)],
)
def test_cameras_and_fast_recordings_get_lower_priority(
    start: Callable[[str], SmallRun], tmp_path: Path, lossless: bool, fps: float, slow_s: float, is_lowered: bool
) -> None:
    """A recording that is the bottleneck keeps its priority."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    program = start(
        camera("a", frames=1, lossless=lossless, fps=fps, until=str(tmp_path / "enough"))
        + trunk(f"slow_s = {slow_s}")
        + output("note", tmp_path / "note", "Write")
    )
    program.wait(lambda: len(program.lines("note")) > 100)
    children = psutil.Process(program.process.pid).children(recursive=True)
    (source,) = [child for child in children if "camera.a" in " ".join(child.cmdline())]
    if is_lowered:
        program.wait(lambda: source.nice() == min(19, before + 10))
    else:
        assert source.nice() == before
    (tmp_path / "enough").touch()

    assert program.end() == 0, program.log()


def test_a_slow_output_slows_nobody_else(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """While one output sleeps, the other gets every frame of a live camera, and the loss is counted as slow."""
    program = start(
        camera("a", frames=40, lossless=False, fps=30)
        + trunk()
        + output("look", tmp_path / "look")
        + output("slow", tmp_path / "slow", slow_s=0.3)
    )

    assert program.end() == 0, program.log()
    assert len(program.lines("look")) >= 30  # a busy machine may cost some
    assert len(program.lines("slow")) < 20
    assert "slow" in program.output


def test_an_output_without_pixels_may_be_late(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """It falls behind by more than `max_age_ms` and still gets every frame."""
    program = start(
        camera("a", frames=20, lossless=False, fps=20)
        + trunk()
        + output("fast", tmp_path / "fast", kind="Write")
        + output("late", tmp_path / "late", kind="Write", slow_s=0.09)
        + "\n[run]\nmax_age_ms = 300\n"
    )

    assert program.end() == 0, program.log()
    assert len(program.lines("fast")) >= 10
    assert program.lines("late") == program.lines("fast")


def test_an_output_without_pixels_catches_up(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """An output that is far too slow skips frames, receives the end, and ends with the others."""
    program = start(
        camera("a", frames=120, lossless=False, fps=60)
        + trunk()
        + output("late", tmp_path / "late", kind="Write", slow_s=0.2)
    )

    assert program.end() == 0, program.log()
    assert program.lines("late")[-1]["state"] == "ended"
    assert len(program.lines("late")) < 40
    assert "stale" in program.output


def test_the_end_on_request_is_in_order(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """SIGTERM ends an endless run within five seconds, and what the camera sent has arrived."""
    program = start(
        camera("a", frames=1, lossless=False, fps=25, until=str(tmp_path / "never"))
        + trunk()
        + output("look", tmp_path / "look")
    )
    program.wait(lambda: len(program.lines("look")) > 10)
    program.process.send_signal(signal.SIGTERM)

    assert program.end() == 0
    assert "killing" not in program.log()


def test_two_runs_are_told_apart(start: Callable[..., SmallRun], tmp_path: Path, repository: Path) -> None:
    """Runs are found by their config files; a killed run is not listed."""
    folders = [tmp_path / "one", tmp_path / "two"]
    programs = []
    for folder, run in zip(folders, ("", f'[run]\ndir = "{tmp_path}/run"\n'), strict=True):
        folder.mkdir()
        programs.append(
            start(
                run
                + '[output.e]\nkind = "events"\naddress = "tcp://127.0.0.1:0"\n'
                + camera("hall", frames=10**6, lossless=False, fps=50)
                + trunk(),
                folder=folder,
            )
        )
    mine = [folder / "config.toml" for folder in folders]

    def found() -> dict[str, Path]:
        return {about.config: path for path, about in find_runs().items()}

    programs[0].wait(lambda: set(map(str, mine)) <= found().keys())
    programs[1].wait((tmp_path / "run" / "ready").exists)
    with pytest.raises(InputError) as refusal:
        find_run()
    for file in mine:
        # other runs may be there
        assert re.search(rf"config.toml \(since \d\d:\d\d, camera hall; --run {file}\)", str(refusal.value))
        assert find_run("", str(file)) == found()[str(file)]
    assert find_run("", str(programs[1].process.pid)) == tmp_path / "run"
    with pytest.raises(InputError, match="for --run nobody.toml, found none of them: .*config.toml"):
        find_run("", "nobody.toml")
    command = [sys.executable, "-m", "pipeline", "camera", "list", "--json", "--run", str(mine[1])]
    listed = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=60, check=True)
    assert [camera["name"] for camera in json.loads(listed.stdout)] == ["hall"]
    about = about_run(str(mine[0]))
    assert about and about.events == ("tcp://127.0.0.1:0",) and not about.metrics

    programs[1].process.kill()
    programs[1].process.wait()
    assert str(mine[1]) not in found()
    assert not any(link.readlink() == tmp_path / "run" for link in _links_after_a_sweep())


def _links_after_a_sweep() -> list[Path]:
    """Return the links to runs that a run that begins finds."""
    with Workplace():
        return list(Path("/dev/shm").glob("emobot.link-*"))
