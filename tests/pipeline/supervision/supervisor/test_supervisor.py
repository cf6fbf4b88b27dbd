"""A run's processes: their start, their restart, and the end of the run."""

from pathlib import Path

import pytest

from pipeline.errors import EXIT_CLOSED, EXIT_CONFIG, EXIT_FAILED, EXIT_OK
from pipeline.supervision.supervisor import STOP_S, WRITE_S
from pipeline.worker.process import READY_FILE
from tests.pipeline.memory import Clock, Network, Tally, line, node
from tests.pipeline.supervision.supervisor.world import ALL, FILTERS, World


def test_readers_start_first_and_cameras_wait_for_them(world: World) -> None:
    """The gate opens when all behind the cameras are up; an output that fails keeps nobody waiting."""
    world.poll()
    assert tuple(process.name for process in world.processes) == ALL
    gate = world.plan.directory / READY_FILE
    world.beat(*FILTERS, "output.note", phase="standby")
    world.poll()
    assert not gate.exists() and not world.supervisor.ready()
    world.processes.of("output.look").end(EXIT_FAILED)
    world.poll(2)

    assert gate.exists()


def test_a_process_that_crashed_is_started_again_and_counted(world: World, tally: Tally) -> None:
    """It restarts at once, at the same address."""
    world.up()
    before = world.pids()
    world.processes.of("detect").end(7)
    world.poll()
    after = world.pids()

    assert {name for name in ALL if before[name] != after[name]} == {"detect"}
    assert world.processes.of("detect").incarnation == 0
    assert tally("restarts_total", stage="detect") == 1
    assert not world.supervisor.ready()


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("detect", EXIT_CONFIG, EXIT_CONFIG),
        ("output.look", EXIT_CONFIG, EXIT_CONFIG),
        ("output.look", EXIT_CLOSED, EXIT_OK),
        ("camera.a", EXIT_CONFIG, None),
        ("detect", 7, None),
    ],
)
def test_what_ends_the_run(world: World, name: str, code: int, expected: int | None) -> None:
    """A configuration that never worked ends the run, and so does a closed window."""
    world.poll()
    world.processes.of(name).end(code)
    world.poll()

    assert world.supervisor.code == expected


@pytest.mark.parametrize("name", ["detect", "output.look"])
def test_a_configuration_that_has_worked_does_not_end_the_run(world: World, name: str) -> None:
    """What it needs may be missing for a while, such as a disk: the process is restarted, also a second time."""
    world.up()
    for _ in range(2):
        before = world.pids()[name]
        world.processes.of(name).end(EXIT_CONFIG)
        world.poll()
        world.clock.sleep(1.0)
        world.poll()
        assert world.supervisor.code is None
        assert world.pids()[name] != before


def test_recordings_take_turns(tmp_path: Path, clock: Clock, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """`jobs` of them run at once, in any order; the next one starts when one has ended."""
    cameras = [node(f"camera.{n}", "detect") for n in "abc"]
    plan = line(tmp_path, *cameras, node("detect"), jobs=2)
    world = World(plan, clock, network, monkeypatch)
    world.poll()
    first = [process.name for process in world.processes if "camera" in process.name]
    assert (len(first), sorted(world.supervisor.sources().values())) == (2, ["runs", "runs", "waits"])
    world.processes.of(first[0]).end(EXIT_OK)
    world.poll()

    assert sorted(world.supervisor.sources().values()) == ["ended", "runs", "runs"]


@pytest.mark.parametrize("interrupted", [False, True])
def test_the_end_goes_with_the_frames(world: World, interrupted: bool) -> None:
    """Sources end first, then each filter, then sinks; on request all filters end together."""
    world.up()
    world.supervisor.code = EXIT_OK
    if interrupted:
        world.supervisor.end()

    assert world.end() == EXIT_OK
    assert world.ended[0] == "camera.a"
    assert world.ended[1:4] == list(reversed(FILTERS) if interrupted else FILTERS)
    assert set(world.ended[4:]) == {"output.look", "output.note"}


def test_what_was_replaced_and_what_stands_by_end_too(world: World) -> None:
    """Replaced processes finish their frames; processes that have not taken over are killed."""
    world.up()
    world.supervisor.change(world.changed("detect", x=1))
    world.poll()
    world.beat("detect", phase="standby")
    world.poll()
    world.supervisor.end()
    world.supervisor.code = EXIT_OK
    assert world.end() == EXIT_OK

    assert set(world.ended[:2]) == {"camera.a", "detect"}
    assert not any(process.is_alive() for process in world.processes)


def test_an_end_that_had_to_kill_is_a_failure(world: World) -> None:
    """Processes that outlast the time for an orderly end are killed."""
    world.up()
    world.stubborn = {"output.note"}
    world.supervisor.end()
    world.supervisor.code = EXIT_OK
    began_s = world.clock.monotonic()

    assert world.end() == EXIT_FAILED
    assert world.clock.monotonic() - began_s == pytest.approx(STOP_S, abs=0.5)
    assert not any(process.is_alive() for process in world.processes)


@pytest.mark.parametrize("stubborn", [{"camera.a"}, {"detect"}, {"camera.a", "detect", "emotion", "overlay"}])
def test_outputs_write_what_they_have(world: World, stubborn: set[str]) -> None:
    """Also where the stages before them get no processor: those are killed, and outputs have time of their own."""
    world.up()
    world.stubborn = stubborn | {"output.look"}
    world.supervisor.end()
    world.supervisor.code = EXIT_OK
    world.clock.at(STOP_S + 2, lambda: world.stubborn.clear())

    assert world.end() == EXIT_FAILED
    assert {"output.look", "output.note"} <= set(world.ended)
    assert all("kill" in world.processes.of(name).signals for name in stubborn)
    assert not any(process.is_alive() for process in world.processes)


def test_outputs_do_not_wait_for_a_killed_process(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under load, even that may take seconds to end."""
    world.up()
    world.stubborn = {"detect"}
    detect = world.processes.of("detect")
    monkeypatch.setattr(detect, "kill", lambda: None)
    soon: list[str] = []
    world.clock.at(STOP_S + 1, lambda: soon.extend(world.ended))
    world.clock.at(STOP_S + 2 * WRITE_S, lambda: detect.end(-9))
    world.supervisor.end()
    world.supervisor.code = EXIT_OK

    assert world.end() == EXIT_FAILED
    assert {"output.look", "output.note"} <= set(soon)


def test_a_stop_ends_however_much_hangs(world: World) -> None:
    """Before systemd would kill everything; a second request does not wait."""
    world.up()
    world.stubborn = set(ALL)
    world.supervisor.end()
    began_s = world.clock.monotonic()

    assert world.end() == EXIT_FAILED
    assert STOP_S + WRITE_S <= world.clock.monotonic() - began_s < 9.5
    assert not any(process.is_alive() for process in world.processes)


def test_the_natural_end_has_time(world: World) -> None:
    """An output may take its time to complete a recording, until a user asks for the end."""
    world.up()
    world.stubborn = {"output.look"}
    world.supervisor.code = EXIT_OK
    world.clock.at(60, lambda: (world.stubborn.clear(), world.processes.of("output.look").end(EXIT_OK)))
    for n in range(120):
        world.clock.at(n, lambda: world.beat("output.look"))

    assert world.end() == EXIT_OK
    assert "kill" not in world.processes.of("output.look").signals


def test_frames_that_nobody_could_process_are_a_failure(world: World) -> None:
    """A stage that is down when the recordings end has missed their last frames."""
    world.up()
    world.processes.of("emotion").end(7)
    world.supervisor.children["emotion", 0].judge(world.supervisor.children["emotion", 0].look() or 0)
    world.supervisor.code = EXIT_OK

    assert world.end() == EXIT_FAILED


def test_a_run_that_stood_still_kills_nobody(world: World) -> None:
    """After Ctrl-Z or `docker pause`, the supervisor has heard nothing; who stays silent then is killed later."""
    world.up()
    world.clock.now_ns += 60 * 10**9
    world.poll()
    assert not any(process.signals for process in world.processes)

    began_s = world.clock.monotonic()
    for _ in range(300):
        world.beat(*(name for name in ALL if name != "detect"))
        world.clock.sleep(0.1)
        world.poll()
        if killed := {process.name for process in world.processes if process.signals}:
            break
    assert killed == {"detect"}
    assert world.clock.monotonic() - began_s == pytest.approx(20, abs=0.5)
