"""Runs of small plans, with real processes: their config changes, and mistakes in it end nothing."""

import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from pipeline.cli.cli import app
from pipeline.errors import ConfigError
from pipeline.supervision.changes import Change, change
from tests.pipeline.broken import write_modules
from tests.support.small_runs import STUBS, SmallRun, camera, output, trunk
from tests.support.waiting import until

pytestmark = pytest.mark.process


def test_a_run_changes_without_disturbing_the_others(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """Cameras are added, paused and removed, a stage gets other options; only the affected processes change."""
    place = tmp_path / "run"
    endless = {"frames": 10**6, "lossless": False, "fps": 50}
    program = start(
        f'[run]\ndir = "{place}"\n' + camera("a", **endless) + trunk() + output("note", tmp_path / "note", "Write")
    )

    def lines(name: str) -> list[dict[str, object]]:
        return [line for line in program.lines("note") if line["camera"] == name]

    def goes_on(name: str) -> bool:
        """Wait for another frame of a camera."""
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


def test_the_config_is_read_again_on_sighup(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """A camera that was added to the file starts; a file with a mistake changes nothing and is reported."""
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


def test_a_mistake_does_not_end_a_run(start: Callable[..., SmallRun], tmp_path: Path) -> None:
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
        error = str(CliRunner().invoke(app, [*arguments, "--dir", str(place)]).exception)
        assert "\n" not in error
        assert "expected" in error or "unknown key" in error
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


def test_a_stop_while_modules_are_imported_is_no_mistake_of_theirs(tmp_path: Path) -> None:
    """The run ends at once with exit code 0, and prints nothing."""
    (tmp_path / "slow_stage.py").write_text(
        f"import pathlib, time\npathlib.Path({str(tmp_path / 'begun')!r}).touch()\ntime.sleep(600)\n"
    )
    table = '\n[output.slow]\nuse = "slow_stage:Slow"\n'
    program = SmallRun(tmp_path, camera("a", frames=9) + trunk() + table, PYTHONPATH=str(tmp_path))
    until(lambda: (tmp_path / "begun").exists(), program.log)
    program.process.send_signal(signal.SIGTERM)

    assert program.end() == 0, program.log()
    assert program.log() == ""
