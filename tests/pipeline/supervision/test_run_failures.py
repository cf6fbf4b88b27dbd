"""Runs of small plans, with real processes: stages that fail, crash or are killed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from pipeline.metrics import names
from pipeline.metrics.counters import read_counts
from pipeline.supervision.changes import Change, change
from pipeline.supervision.child import MOST_CRASHES, Child
from pipeline.transport.ring import Ring
from tests.support.plans import make_plan
from tests.support.small_runs import STUBS, SmallRun, camera, output, trunk

pytestmark = pytest.mark.process


def test_a_frame_that_fails_is_dropped_alone(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """The stage continues with the next frame, the loss is counted and the slot released."""
    program = start(
        camera("a", frames=60) + trunk("fail_at = 20\nbatch = 4\nmax_wait_ms = 20") + output("look", tmp_path / "look")
    )

    assert program.end() == 0, program.log()
    assert [line["seq"] for line in program.lines("look")] == [seq for seq in range(61) if seq != 20]
    assert "told to fail" in program.log()
    assert "1 error" in program.output


def test_a_stage_that_crashes_is_started_again(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """Live frames continue after the crash, with numbers that never decrease."""
    program = start(
        camera("a", frames=1, lossless=False, fps=25, until=str(tmp_path / "enough"))
        + trunk(f'crash_at = 10\nonce = "{tmp_path}/crashed"')
        + output("look", tmp_path / "look")
    )
    program.wait(lambda: any(int(str(line["seq"])) > 11 for line in program.lines("look")))
    (tmp_path / "enough").touch()

    assert program.end() == 0, program.log()
    numbers = [int(str(line["seq"])) for line in program.lines("look")]
    assert numbers == sorted(set(numbers))
    assert "detect ended with exit code 7" in program.log()


def test_a_stage_that_always_crashes_ends_the_run(start: Callable[..., SmallRun], tmp_path: Path) -> None:
    """A stage every camera needs is given up after a few starts; the exit code says that the work failed."""
    config = trunk().replace(f"{STUBS}:Model", f"{STUBS}:Broken")
    hasty = (
        "from pipeline.supervision import child; child.FIRST_BACKOFF_S = 0.05;"
        "from pipeline.cli.cli import run_cli; run_cli()"
    )
    program = start(camera("a", frames=5) + config + output("look", tmp_path / "look"), "-c", hasty)

    assert program.end() == 1
    assert program.log().count("emotion ended with exit code 9") == MOST_CRASHES + 1
    assert "giving up" in program.log()


def test_nothing_outlives_a_killed_supervisor(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """Its processes die with it, and the next run removes its directory."""
    program = start(
        camera("a", frames=1, lossless=False, fps=25, until=str(tmp_path / "never"))
        + trunk()
        + output("look", tmp_path / "look")
    )
    program.wait(lambda: len(program.lines("look")) > 3)
    pid = program.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    (place,) = Path("/dev/shm").glob(f"emobot-{pid}-*")
    program.process.kill()
    program.end()

    program.wait(lambda: not any(_runs(child) for child in children))
    again = start(camera("a", frames=3) + trunk() + output("look", tmp_path / "again"))
    assert again.end() == 0
    assert not place.exists()


def test_a_stage_that_cannot_work_stops_the_run(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """An error of configuration that shows in the process ends everything with exit code 2 and one line."""
    config = trunk().replace(f"{STUBS}:Model", f"{STUBS}:Misconfigured")
    program = start(camera("a", frames=5) + config + output("look", tmp_path / "look"))

    assert program.end() == 2
    assert "expected sense, found none" in program.log()


def test_a_camera_that_cannot_work_leaves_the_others_alone(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """One that reports a mistake while it runs is given up; where it is the only one the run ends with 2."""
    place = tmp_path / "run"
    program = start(
        f'[run]\ndir = "{place}"\n'
        + camera("a", frames=10**6, lossless=False, fps=50)
        + trunk()
        + output("note", tmp_path / "note", "Write")
    )
    program.wait(lambda: bool(program.lines("note")))
    change(place, Change(table="camera.b", keys={"use": "tests.pipeline.stubs:Blind", "frames": 1}))
    program.wait(lambda: "expected a lens, found none" in program.log())
    assert program.process.poll() is None
    count = len(program.lines("note"))
    program.wait(lambda: len(program.lines("note")) > count + 20)
    change(place, Change(table="camera.a", keys=None))

    assert program.end() == 2, program.log()


def _runs(pid: str) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and Path(f"/proc/{pid}/exe").exists()


def test_a_process_that_cannot_be_started_is_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No memory, no process or no file is left for it just now."""
    plan = make_plan(run={"dir": str(tmp_path)})
    child = Child(plan, plan["camera.a"])

    def fail(*task: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("pipeline.supervision.child.WORKERS.start", fail)
    child.start()

    assert (child.alive, child.done, child.waiting, child.look()) == (False, False, False, None)
    child.stop()
    child.kill()


def test_the_slots_of_a_killed_output_are_reclaimed(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """Its slots are reclaimed, though the camera has enough slots to continue without them."""
    program = start(
        camera("a", frames=1, lossless=False, fps=25, until=str(tmp_path / "enough"))
        + trunk()
        + output("look", tmp_path / "look", slow_s=0.2)
        + output("note", tmp_path / "note", "Write")
    )
    program.wait(lambda: len(program.lines("look")) > 5)
    children = psutil.Process(program.process.pid).children()
    (look,) = [child for child in children if "output.look" in " ".join(child.cmdline())]
    (path,) = Path("/dev/shm").glob(f"emobot-{program.process.pid}-*/a.*.ring")
    ring = Ring(path)

    def holds_two() -> bool:
        look.suspend()
        if len(ring.held(0)) == 2:
            return True
        look.resume()
        return False

    program.wait(holds_two)
    look.kill()
    program.wait(lambda: "output.look ended with signal 9" in program.log())
    before = len(program.lines("look"))
    program.wait(lambda: len(program.lines("look")) > before + 3)
    (tmp_path / "enough").touch()

    assert program.end() == 0, program.log()


def test_what_the_supervisor_counts_is_in_the_metrics(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """Restarts, and cameras that are paused, also from the start, or removed: no process of theirs reports it."""
    place = tmp_path / "run"
    live = {"frames": 10**6, "lossless": False, "fps": 25}
    program = start(
        f'[run]\ndir = "{place}"\n'
        + "".join(camera(name, **live) for name in "abc")
        + camera("d", enabled=False, frames=1)
        + trunk()
        + output("look", tmp_path / "look")
    )
    program.wait(lambda: {line["camera"] for line in program.lines("look")} == set("abc"))
    psutil.Process(program.stages()["overlay"]).kill()
    change(place, Change(table="camera.a", keys={"enabled": False}))
    change(place, Change(table="camera.b", keys=None))
    stages = {"detect", "emotion", "overlay", "output.look", *(f"camera.{name}" for name in "abc")}
    expected = dict.fromkeys(stages, 0) | {"overlay": 1}
    program.wait(lambda: read_counts(place / "metrics").by(names.RESTARTS, "stage") == expected)
    found = read_counts(place / "metrics")
    states = found.chosen(names.STATE, "camera", "state")

    assert states == {"a": "paused", "b": "removed", "c": "live", "d": "paused"}
    # from 0 on: Prometheus sees no increase in what begins with 1
    assert found.by(names.DROPPED, "stage", cause="error", camera="c") == dict.fromkeys(
        stages - {"camera.a", "camera.b"}, 0
    )
    assert "Warning" not in program.log()


def test_a_run_whose_directory_was_removed_begins_again(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """As systemd removes what users have in /dev/shm when they log out; no process could be started any more."""
    place = tmp_path / "place"
    program = start(
        camera("a", frames=1, lossless=False, fps=25, until=str(tmp_path / "enough"))
        + trunk()
        + output("look", tmp_path / "look")
        + f'\n[run]\ndir = "{place}"\n'
    )
    program.wait(lambda: program.log().count("a is live") == 1)
    shutil.rmtree(place, ignore_errors=True)
    program.wait(lambda: program.log().count("a is live") == 2)
    seen = len(program.lines("look"))
    program.wait(lambda: len(program.lines("look")) > seen + 3)
    (tmp_path / "enough").touch()

    assert program.end() == 0, program.log()
    assert program.log().count(f"{place} was removed") == 1
