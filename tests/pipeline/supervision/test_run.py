"""Runs of small plans, with real processes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from pipeline.errors import ConfigError, InputError
from pipeline.supervision.changes import Change, change
from pipeline.supervision.child import MOST_CRASHES, Child
from pipeline.supervision.runs import about_run, find_run, find_runs
from pipeline.supervision.workplace import Workplace
from pipeline.transport.ring import Ring
from tests.pipeline.broken import write_modules
from tests.support.plans import make_plan
from tests.support.small_runs import STUBS, SmallRun, camera, output, trunk

pytestmark = pytest.mark.process


def test_recordings_arrive_whole_in_order_and_in_every_size(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """Every picture of every recording reaches every output once, in order, as the overlay left it."""
    program = start(
        camera("a", frames=120, sizes=[16, 640, 320, 1280])
        + camera("b", frames=90)
        + trunk()
        + output("look", tmp_path / "look")
        + output("note", tmp_path / "note", "Write")
    )

    assert program.end() == 0, program.log()
    for name, pictures in (("a", 120), ("b", 90)):
        looks = [line for line in program.lines("look") if line["camera"] == name]
        assert [line["seq"] for line in looks] == list(range(pictures + 1))
        assert [line["pixel"] for line in looks[:-1]] == [255 - seq % 251 for seq in range(pictures)]
        assert [line["seq"] for line in program.lines("note") if line["camera"] == name] == list(range(pictures + 1))
    assert "120" in program.output


def test_a_slow_output_gets_the_end_of_a_recording(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """One that reads no pictures has several hundred frames before it when the recording ends, and gets them all."""
    program = start(camera("a", frames=700) + trunk() + output("note", tmp_path / "note", "Write", 0.006))

    assert program.end() == 0, program.log()
    assert [line["seq"] for line in program.lines("note")] == list(range(701))


@pytest.mark.parametrize("wanted", ["", "2"])
def test_opencv_runs_on_one_thread_in_a_stage(
    start: Callable[[str], SmallRun], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    """Processes do not each take every core for themselves, unless told so."""
    monkeypatch.delenv("OPENCV_FOR_THREADS_NUM", raising=False)
    if wanted:
        monkeypatch.setenv("OPENCV_FOR_THREADS_NUM", wanted)
    program = start(camera("a") + trunk() + output("threads", tmp_path / "threads", "Threads"))

    assert program.end() == 0, program.log()
    assert program.lines("threads")[0] == {"threads": int(wanted or 1)}


@pytest.mark.parametrize(("lossless", "batch"), [(True, 4), (False, 1)])
def test_only_recordings_are_waited_for(
    start: Callable[[str], SmallRun], tmp_path: Path, lossless: bool, batch: int
) -> None:
    """Behind a slow stage a recording's pictures come four at once, though none waits there; a camera's come alone."""
    program = start(
        camera("a", frames=40, lossless=lossless, fps=0.0 if lossless else 50.0)
        + trunk("slow_s = 0.01", "batch = 32\nmax_wait_ms = 0")
        + output("note", tmp_path / "note", "Write")
    )

    assert program.end() == 0, program.log()
    sizes = [line["model"] for line in program.lines("note") if line["state"] == "live"]
    assert len(sizes) > 20
    assert sizes.count(f"stub {batch}") > 0.7 * len(sizes)


@pytest.mark.parametrize(
    ("lossless", "fps", "slow_s", "gives_way"),
    [(False, 50.0, 0.0, True), (True, 0.0, 0.005, True), (True, 50.0, 0.0, False)],
)
def test_cameras_give_way_and_recordings_that_are_ahead(
    start: Callable[[str], SmallRun], tmp_path: Path, lossless: bool, fps: float, slow_s: float, gives_way: bool
) -> None:
    """A recording that all others wait for keeps its priority."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    program = start(
        camera("a", frames=1, lossless=lossless, fps=fps, until=str(tmp_path / "enough"))
        + trunk(f"slow_s = {slow_s}")
        + output("note", tmp_path / "note", "Write")
    )
    program.wait(lambda: len(program.lines("note")) > 100)
    children = psutil.Process(program.process.pid).children(recursive=True)
    (source,) = [child for child in children if "camera.a" in " ".join(child.cmdline())]
    if gives_way:
        program.wait(lambda: source.nice() == min(19, before + 10))
    else:
        assert source.nice() == before
    (tmp_path / "enough").touch()

    assert program.end() == 0, program.log()


def test_a_frame_that_fails_is_dropped_alone(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """The stage goes on with the next frame, the loss is counted and the slot returned."""
    program = start(
        camera("a", frames=60) + trunk("fail_at = 20\nbatch = 4\nmax_wait_ms = 20") + output("look", tmp_path / "look")
    )

    assert program.end() == 0, program.log()
    assert [line["seq"] for line in program.lines("look")] == [seq for seq in range(61) if seq != 20]
    assert "told to fail" in program.log()
    assert "1 error" in program.output


def test_a_stage_that_crashes_is_started_again(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """Live frames go on after the crash, with numbers that do not go back."""
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


def test_a_slow_output_slows_nobody_else(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """While one output sleeps, the other gets every picture of a live camera, and the loss is counted as slow."""
    program = start(
        camera("a", frames=40, lossless=False, fps=20)
        + trunk()
        + output("look", tmp_path / "look")
        + output("slow", tmp_path / "slow", slow_s=0.5)
    )

    assert program.end() == 0, program.log()
    assert len(program.lines("look")) >= 36
    assert len(program.lines("slow")) < 20
    assert "slow" in program.output


def test_an_output_without_pictures_may_be_late(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """It falls behind by more than pictures may be old, and gets what another such output gets in time."""
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


def test_an_output_without_pictures_does_not_stay_behind(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """One that is far too slow leaves out pictures, hears of the end, and ends with the others."""
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
    asked = time.monotonic()
    program.process.send_signal(signal.SIGTERM)

    assert program.end() == 0
    assert time.monotonic() - asked < 5
    assert "killing" not in program.log()


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


def test_a_run_changes_without_disturbing_the_others(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """Cameras come, pause and go, a stage gets other options; whoever is not concerned keeps its process."""
    place = tmp_path / "run"
    endless = {"frames": 10**6, "lossless": False, "fps": 50}
    program = start(
        f'[run]\ndir = "{place}"\n' + camera("a", **endless) + trunk() + output("note", tmp_path / "note", "Write")
    )

    def lines(name: str) -> list[dict[str, object]]:
        return [line for line in program.lines("note") if line["camera"] == name]

    def goes_on(name: str) -> bool:
        """Wait for another picture of a camera."""
        count = len(lines(name))
        program.wait(lambda: any(line["state"] == "live" for line in lines(name)[count:]))
        return True

    assert goes_on("a")
    told = change(place, Change(table="camera.b", keys={"use": f"{STUBS}:Numbers", **endless}))
    assert (list(told.config["camera"]), told.states) == (["a", "b"], {"a": "runs", "b": "runs"})
    assert goes_on("b")
    with pytest.raises(ConfigError, match=r"\[camera.c\] unknown key fsp: did you mean fps"):
        change(place, Change(table="camera.c", keys={"use": f"{STUBS}:Numbers", "fsp": 3}))
    with pytest.raises(ConfigError, match="workers"):
        change(place, Change(table="detect", keys={"workers": 2}))
    assert change(place, Change(table="detect", keys={"slow_s": 0.001})).config["detect"]["slow_s"] == 0.001
    assert goes_on("a")
    assert goes_on("b")
    assert {line["run"] for line in lines("a")} == {lines("a")[0]["run"]}

    assert change(place, Change(table="camera.b", keys={"enabled": False})).states["b"] == "paused"
    program.wait(lambda: lines("b")[-1]["state"] == "ended")
    change(place, Change(table="camera.b", keys={"enabled": None}))
    assert goes_on("b")
    assert len({line["run"] for line in lines("b")}) == 2
    assert list(change(place, Change(table="camera.a", keys=None)).config["camera"]) == ["b"]
    program.wait(lambda: lines("a")[-1]["state"] == "ended")
    assert goes_on("b")
    program.process.send_signal(signal.SIGTERM)
    assert program.end() == 0, program.log()


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


def test_the_config_is_read_again_on_sighup(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """A camera that was added to the file starts; a file with a mistake changes nothing and is told."""
    endless = {"frames": 10**6, "lossless": False, "fps": 50}
    program = start(camera("a", **endless) + trunk() + output("note", tmp_path / "note", "Write"))
    file = tmp_path / "config.toml"
    good = file.read_text()
    program.wait(lambda: bool(program.lines("note")))
    file.write_text(good + "\n[camera.b]\nsorce = 1\n")
    program.process.send_signal(signal.SIGHUP)
    program.wait(lambda: "nothing changed" in program.log())
    assert "unknown key sorce: did you mean source?" in program.log()

    file.write_text(good + camera("b", **endless))
    program.process.send_signal(signal.SIGHUP)
    program.wait(lambda: any(line["camera"] == "b" for line in program.lines("note")))
    assert len({line["run"] for line in program.lines("note") if line["camera"] == "a"}) == 1
    program.process.send_signal(signal.SIGTERM)
    assert program.end() == 0, program.log()
    # one file of both cameras
    assert program.output.count("output.note: ") == 1


def _runs(pid: str) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and Path(f"/proc/{pid}/exe").exists()


def test_a_mistake_does_not_end_a_run(start: Callable[..., SmallRun], tmp_path: Path, repository: Path) -> None:
    """A dozen in a row, through the command line, the socket and SIGHUP; no camera loses a frame or its process."""
    (tmp_path / "foreign").mkdir()
    package = write_modules(tmp_path / "foreign")
    place = tmp_path / "run"
    program = start(
        f'[run]\ndir = "{place}"\n'
        + "".join(camera(name, fps=50, until=str(tmp_path / "stop")) for name in "abc")
        + trunk()
        + output("note", tmp_path / "note", "Write"),
        PYTHONPATH=str(tmp_path / "foreign"),
    )
    program.wait(lambda: len({line["camera"] for line in program.lines("note")}) == 3)
    pids = {child.pid for child in psutil.Process(program.process.pid).children()}

    def goes_on() -> None:
        """Wait for another frame of each camera."""
        count = len(program.lines("note"))
        program.wait(lambda: len({line["camera"] for line in program.lines("note")[count:]}) == 3)

    def emobot(*arguments: str) -> None:
        """Give a command that fails with one line."""
        command = [sys.executable, "-m", "pipeline", *arguments, "--dir", str(place)]
        found = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=60, check=False)
        assert (found.returncode, found.stderr.count("\n")) == (2, 1), found.stderr
        assert "expected" in found.stderr or "unknown key" in found.stderr
        goes_on()

    emobot("camera", "add", "films", "videos/**.mp4")
    emobot("camera", "set", "a", "frames=99999999999999999999")
    emobot("camera", "set", "a", "frames=" + "[" * 2000)
    emobot("set", "detect", f"use={package}.ends_python:Broken")
    for table, keys in (
        ("camera.films", {"source": "x" * 5000}),
        ("detect", {"use": f"{package}.raises:Broken"}),
        ("emotion", {"use": f"{package}.crashes:Broken"}),
        ("overlay", {"use": f"{package}.exits:Broken"}),
        ("detect", {"use": f"{package}.not_python:Broken"}),
        ("stage.camera", {"use": f"{STUBS}:Model", "after": "detect"}),
    ):
        with pytest.raises(ConfigError, match="expected") as refusal:
            change(place, Change(table=table, keys=keys))
        assert "\n" not in str(refusal.value)
        goes_on()
    file = tmp_path / "config.toml"
    good = file.read_text()
    for n, bad in enumerate(
        (f'\n[stage.mine]\nafter = "detect"\nuse = "{package}.divides:Broken"', "\n[stage", "\nx = 1" + "0" * 5000), 1
    ):
        file.write_text(good + bad)
        program.process.send_signal(signal.SIGHUP)
        program.wait(lambda n=n: program.log().count("nothing changed") == n)  # type: ignore[misc]
        goes_on()

    assert {child.pid for child in psutil.Process(program.process.pid).children()} == pids
    assert "Traceback" not in program.log()
    (tmp_path / "stop").touch()
    assert program.end() == 0, program.log()
    for name in "abc":
        numbers = [line["seq"] for line in program.lines("note") if line["camera"] == name and line["state"] == "live"]
        assert numbers == list(range(len(numbers)))


def test_a_process_that_cannot_be_started_is_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No memory, no process or no file is left for it just now."""
    plan = make_plan(run={"dir": str(tmp_path)})
    child = Child(plan, plan["camera.a"])

    def fail(process: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("pipeline.supervision.child._spawn.Process.start", fail)
    child.start()

    assert (child.alive, child.done, child.waiting, child.look()) == (False, False, False, None)
    child.stop()
    child.kill()


def test_two_runs_are_told_apart(start: Callable[..., SmallRun], tmp_path: Path, repository: Path) -> None:
    """By their config files, wherever their directories are; one that was killed is none."""
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


def test_an_output_that_is_killed_with_pictures_in_its_hands_gets_new_ones(
    start: Callable[[str], SmallRun], tmp_path: Path
) -> None:
    """What it held is taken back, though the camera has slots enough to go on without."""
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
