"""Changes and ends of small runs, with real processes, while frames flow."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from pipeline.errors import ConfigError
from pipeline.events import CameraEvent
from pipeline.supervision.changes import Change, change
from pipeline.transport.pubsub import Subscriber
from tests.support.ports import free_port
from tests.support.small_runs import STUBS, SmallRun, camera, output, trunk

pytestmark = pytest.mark.process

ENDLESS = {"frames": 10**6, "lossless": False, "fps": 50}
SILENT = f'\n[camera.s]\nuse = "{STUBS}:Silent"\nlossless = false\nframes = 3\n'


def begin(start: Callable[[str], SmallRun], tmp_path: Path, config: str) -> tuple[SmallRun, Path]:
    """Start a run; return it, and its directory, once frames leave."""
    place = tmp_path / "run"
    program = start(f'[run]\ndir = "{place}"\n{config}')
    program.wait(lambda: len(program.lines("note")) > 20)
    return program, place


def end(program: SmallRun) -> int:
    """Send SIGTERM; return the exit code."""
    program.process.send_signal(signal.SIGTERM)
    return program.end()


def test_filters_are_replaced_without_losing_a_frame(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """When a change is answered its process is another one; two cameras at 50 fps keep their order and their frames."""
    program, place = begin(
        start,
        tmp_path,
        camera("a", **ENDLESS)
        + camera("b", **ENDLESS)
        + trunk().replace("Model", "Pass").replace("Invert", "Mark")
        + output("note", tmp_path / "note", "Write")
        + output("look", tmp_path / "look"),
    )
    changes = ("detect", "slow_s", 0.001), ("emotion", "slow_s", 0.001), ("overlay", "value", 1)
    for n, (name, key, value) in enumerate(changes * 2):
        before = program.stages()
        change(place, Change(table=name, keys={key: value * (n + 1)}))
        after = program.stages()
        assert after[name] != before[name]
        assert {n: pid for n, pid in after.items() if n != name} == {n: p for n, p in before.items() if n != name}
    assert end(program) == 0, program.log()

    for name in ("a", "b"):
        seqs = [int(str(line["seq"])) for line in program.lines("note") if line["camera"] == name]
        assert seqs == sorted(set(seqs))
        # each change used to cost two or three; a busy machine may cost one for each
        assert seqs[-1] - len(seqs) <= 6, seqs


def test_zones_change_without_a_restart(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """By a request and by SIGHUP; a wrong zone is refused with its place, and none of the processes is replaced."""
    desk = {"desk": {"polygon": [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]}}
    program, place = begin(
        start, tmp_path, camera("a", **ENDLESS) + trunk() + output("note", tmp_path / "note", "Write")
    )
    before = program.stages()
    change(place, Change(table="camera.a", keys={"zones": desk}, save=True))
    program.wait(lambda: program.lines("note")[-1]["zones"] == ["desk"])
    with pytest.raises(ConfigError, match=r"\[camera\.a\.zones\] desk: line: expected 2 to 50 points, found 1"):
        change(place, Change(table="camera.a", keys={"zones": {"desk": {"line": [[0.5, 0.5]]}}}))
    text = program.config.read_text()
    assert "[camera.a.zones]\ndesk = {polygon = [[0.1, 0.1]" in text
    program.config.write_text(text.replace("desk = ", "counter = "))
    program.process.send_signal(signal.SIGHUP)
    program.wait(lambda: program.lines("note")[-1]["zones"] == ["counter"])

    assert program.stages() == before
    assert end(program) == 0, program.log()
    seqs = [line["seq"] for line in program.lines("note")]
    assert seqs == sorted(set(seqs), key=int)  # type: ignore[call-overload]


def test_a_change_that_cannot_work_is_undone(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """One line gives the reason, frames continue through the old process, and the tables are unchanged."""
    program, place = begin(
        start, tmp_path, camera("a", **ENDLESS) + trunk().replace("Pass", "Picky") + output("note", tmp_path / "note")
    )
    before = program.stages()
    with pytest.raises(ConfigError, match=r"^\[detect\] expected a filter that is fast, found 2 s$"):
        change(place, Change(table="detect", keys={"slow_s": 2.0}))
    count = len(program.lines("note"))
    program.wait(lambda: len(program.lines("note")) > count + 20)

    assert program.stages() == before
    assert change(place, Change()).config["detect"].get("slow_s") is None
    assert end(program) == 0, program.log()


def test_nothing_drawn_before_a_change_leaves_after_it(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """An output that holds frames for a long time shows none with the old setting once a change is applied."""
    program, place = begin(
        start,
        tmp_path,
        camera("a", **ENDLESS)
        + trunk().replace("Invert", "Mark")
        + output("note", tmp_path / "note")
        + output("slow", tmp_path / "slow", "Log", 0.1),
    )
    for value in (1, 2):
        change(place, Change(table="overlay", keys={"value": value}))
        applied_ns = time.time_ns()
        count = len(program.lines("slow"))
        program.wait(lambda count=count: len(program.lines("slow")) > count + 2)  # type: ignore[misc]
        late = [line for line in program.lines("slow") if int(str(line["left_ns"])) > applied_ns]
        assert {line["pixel"] for line in late} == {value}
    assert {line["pixel"] for line in program.lines("slow")} == {0, 1, 2}
    assert end(program) == 0, program.log()


def test_a_silent_camera_does_not_delay_the_end(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """SIGTERM ends the run though no frame comes; what the camera sent has arrived, and its end."""
    program = start(SILENT + trunk() + output("note", tmp_path / "note", "Write"))
    program.wait(lambda: len(program.lines("note")) == 3)

    assert end(program) == 0, program.log()
    assert [line["state"] for line in program.lines("note")] == ["live", "live", "live", "ended"]
    assert "killing" not in program.log()


def test_a_stop_during_the_start_is_no_failure(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """SIGTERM reaches its processes before they have installed their handlers."""
    program = start(camera("a", **ENDLESS) + trunk() + output("note", tmp_path / "note", "Write"))
    program.wait(lambda: len(psutil.Process(program.process.pid).children()) > 1)  # the fork server, and a stage

    assert end(program) == 0, program.log()
    assert "killing" not in program.log()


def test_a_stop_that_has_to_kill_is_a_failure(start: Callable[..., SmallRun], tmp_path: Path) -> None:
    """The log names the processes that did not end in time."""
    hasty = "import pipeline.supervision.supervisor as s, pipeline.cli.cli as cli; s.STOP_S = 0.5; cli.run_cli()"
    program = start(camera("a", **ENDLESS) + trunk() + output("note", tmp_path / "note", "Stubborn"), "-c", hasty)
    program.wait(lambda: len(program.lines("note")) > 3)

    assert end(program) == 1, program.log()
    named = next(line for line in program.log().splitlines() if "killing processes that did not stop in time" in line)
    assert "output.note" in named


def test_only_a_camera_that_was_removed_is_announced_as_gone(start: Callable[[str], SmallRun], tmp_path: Path) -> None:
    """By its last event: not one that restarts, that is paused or whose stream ends by itself."""
    address = f"tcp://127.0.0.1:{free_port()}"
    _, place = begin(
        start,
        tmp_path,
        "".join(camera(name, **ENDLESS) for name in "abc")
        + camera("film", frames=3)
        + trunk()
        + output("note", tmp_path / "note", "Write")
        + f'\n[output.e]\nkind = "events"\naddress = "{address}"\n',
    )
    with Subscriber(address, ("camera.",), timeout_s=30.0) as events:
        change(place, Change(table="camera.a", keys={"fps": 40}))
        change(place, Change(table="camera.b", keys={"enabled": False}))
        change(place, Change(table="camera.d", keys={"use": f"{STUBS}:Numbers", **ENDLESS}, instead="camera.c"))
        change(place, Change(table="camera.b", keys=None))
        found = []
        for _, event in events:
            assert isinstance(event, CameraEvent)
            found.append((event.camera, event.state, event.removed))
            if {("b", "ended", True), ("c", "ended", True)} <= set(found):
                break

    assert sorted(camera for camera, _, removed in found if removed) == ["b", "c"]
    assert {("a", "live", False), ("b", "ended", False), ("d", "live", False)} <= set(found)
