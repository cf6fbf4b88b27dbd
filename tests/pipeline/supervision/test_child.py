"""One process under supervision: counts, back-off, and what its end means."""

import signal
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import EXIT_CLOSED, EXIT_CONFIG, EXIT_FAILED, EXIT_OK
from pipeline.supervision.child import (
    FIRST_BACKOFF_S,
    LEAVE_S,
    LONGEST_BACKOFF_S,
    MOST_CRASHES,
    RETRY_S,
    START_S,
    Child,
)
from pipeline.worker.pulse import HURRY, Beat
from tests.pipeline.memory import Clock, Processes, line


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Processes:
    """Return the processes that are started, which do only what tests say."""
    processes = Processes()
    monkeypatch.setattr("pipeline.supervision.child.WORKERS", processes)
    return processes


def child(tmp_path: Path, name: str = "detect", before: Child | None = None, **run: Any) -> Child:
    """Return a process of a usual run."""
    plan = line(tmp_path, **run)
    return Child(plan, plan[name], before=before)


def beat(child: Child, processes: Processes, phase: Any = "working", error: str = "") -> None:
    """Let its process send a heartbeat."""
    child.heard(Beat(stage=child.node.name, worker=0, pid=processes[-1].pid, phase=phase, error=error))


def end(child: Child, processes: Processes, code: int) -> None:
    """Let its process end, and judge that."""
    processes[-1].end(code)
    found = child.look()
    assert found is not None
    child.judge(found)


def test_a_process_comes_up_and_works(tmp_path: Path, processes: Processes) -> None:
    """Its heartbeats report it, and only its own."""
    one = child(tmp_path)
    assert one.waiting and one.ended
    one.start()
    assert (one.alive, one.up, one.works, one.waiting) == (True, False, False, False)
    one.heard(Beat(stage="detect", worker=0, pid=1))
    assert not one.up
    beat(one, processes, "standby")
    assert (one.up, one.works, one.proven) == (True, False, False)
    beat(one, processes)

    assert (one.up, one.works, one.proven) == (True, True, True)


def test_crashes_are_answered_later_and_later(tmp_path: Path, clock: Clock, processes: Processes) -> None:
    """It restarts at once, then after doubling delays of up to 30 s; a sink is never given up."""
    sink = child(tmp_path, "output.note")
    pauses = []
    for _ in range(12):
        assert sink.waiting
        sink.start()
        end(sink, processes, EXIT_FAILED)
        began_s = clock.monotonic()
        while not sink.waiting:
            clock.sleep(0.05)
        pauses.append(clock.monotonic() - began_s)

    # older crashes are forgotten, so that it does not grow beyond half a minute
    assert pauses[:7] == pytest.approx([0, 0.5, 1, 2, 4, 8, 16], abs=0.1)
    assert max(pauses) <= LONGEST_BACKOFF_S + 0.1
    assert (FIRST_BACKOFF_S, sink.done, sink.starts) == (0.5, False, 12)


@pytest.mark.parametrize(
    ("name", "code", "states"),
    [
        ("camera.a", 7, [("a", "offline")]),
        ("camera.a", EXIT_CONFIG, [("a", "offline")]),
        ("camera.a", EXIT_OK, []),
        ("output.note", 7, []),
    ],
)
def test_a_camera_whose_process_is_gone_is_offline(
    tmp_path: Path, processes: Processes, monkeypatch: pytest.MonkeyPatch, name: str, code: int, states: object
) -> None:
    """In the metrics, it stayed live, also after it was given up; at its regular end it reports its state itself."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr("pipeline.supervision.child.set_state", lambda *state: found.append(state))
    one = child(tmp_path, name)
    one.start()
    end(one, processes, code)

    assert found == states


def test_a_filter_that_crashes_too_often_is_given_up(tmp_path: Path, clock: Clock, processes: Processes) -> None:
    """Only crashes within a minute count."""
    often, seldom = child(tmp_path), child(tmp_path)
    for n in range(MOST_CRASHES + 1):
        assert not often.failed
        often.start()
        end(often, processes, 7)
        assert often.failed is (n == MOST_CRASHES)
    for _ in range(20):
        clock.sleep(15)
        seldom.start()
        end(seldom, processes, 7)

    assert often.done and often.verdict == EXIT_FAILED
    assert not seldom.done


@pytest.mark.parametrize(
    ("name", "code", "proven", "done", "verdict"),
    [
        ("camera.a", EXIT_OK, True, True, EXIT_OK),
        ("camera.a", EXIT_CONFIG, True, True, EXIT_CONFIG),
        ("camera.a", EXIT_FAILED, True, False, EXIT_OK),
        ("detect", EXIT_OK, True, False, EXIT_OK),
        ("detect", EXIT_CONFIG, False, True, EXIT_CONFIG),
        ("detect", EXIT_CONFIG, True, False, EXIT_OK),
        ("detect", EXIT_CLOSED, True, True, EXIT_OK),
        ("output.note", EXIT_CLOSED, True, True, EXIT_OK),
        ("output.note", EXIT_FAILED, True, False, EXIT_OK),
        ("output.note", -signal.SIGKILL, True, False, EXIT_OK),
        ("output.note", -signal.SIGTERM, True, False, EXIT_OK),
    ],
)
def test_what_an_end_means(
    tmp_path: Path, processes: Processes, name: str, code: int, proven: bool, done: bool, verdict: int
) -> None:
    """A source may finish, a filter may not; a configuration that has worked is not wrong."""
    one = child(tmp_path, name)
    one.start()
    if proven:
        beat(one, processes)
    end(one, processes, code)

    assert (one.done, one.verdict) == (done, verdict)


def test_an_end_that_was_asked_for_is_none(tmp_path: Path, processes: Processes) -> None:
    """Exit by the signal itself counts too, because the handler may not be installed yet."""
    for code, found in ((-signal.SIGTERM, EXIT_OK), (EXIT_OK, EXIT_OK), (-signal.SIGKILL, -signal.SIGKILL), (1, 1)):
        one = child(tmp_path)
        one.start()
        one.stop()
        assert processes[-1].signals == ["terminate"]
        processes[-1].end(code)

        assert one.look() == found
        assert one.done and not one.waiting


def test_a_source_is_tried_as_often_as_the_run_says(tmp_path: Path, clock: Clock, processes: Processes) -> None:
    """After that it has failed; 0 means for ever."""
    for attempts, starts in ((2, 2), (0, 9)):
        one = child(tmp_path, "camera.a", attempts=attempts)
        for _ in range(9):
            if not one.done:
                one.start()
                end(one, processes, EXIT_FAILED)
        assert (one.starts, one.failed) == (starts, attempts > 0)


@pytest.mark.parametrize(("up", "limit_s"), [(True, 20.0), (False, START_S)])
def test_a_process_that_falls_silent_is_killed(
    tmp_path: Path, clock: Clock, processes: Processes, up: bool, limit_s: float
) -> None:
    """A process that is still loading has more time."""
    one = child(tmp_path)
    one.start()
    if up:
        beat(one, processes, "standby")
    clock.sleep(limit_s - 0.1)
    assert one.look() is None
    assert processes[-1].signals == []
    clock.sleep(0.2)
    one.look()

    assert processes[-1].signals == ["kill"]
    assert one.look() == -signal.SIGKILL


@pytest.mark.parametrize(("share", "silent_s"), [(0.0, 20.0), (0.5, 40.0), (1.0, 60.0)])
def test_a_process_without_a_processor_has_more_time(
    tmp_path: Path, clock: Clock, processes: Processes, monkeypatch: pytest.MonkeyPatch, share: float, silent_s: float
) -> None:
    """On a saturated machine, time for which it waited for a processor does not count; but not for ever."""
    began = clock.monotonic()
    monkeypatch.setattr("pipeline.supervision.child.waited_s", lambda pid: share * (clock.monotonic() - began))
    one = child(tmp_path)
    one.start()
    clock.sleep(5)
    beat(one, processes)
    clock.sleep(silent_s - 0.1)
    one.look()
    assert processes[-1].signals == []
    clock.sleep(0.2)
    one.look()

    assert processes[-1].signals == ["kill"]


def test_a_process_that_was_replaced_and_stays_is_killed(tmp_path: Path, clock: Clock, processes: Processes) -> None:
    """It is killed after five seconds, even if it still sends heartbeats."""
    one = child(tmp_path)
    one.start()
    one.leave()
    clock.sleep(LEAVE_S - 0.1)
    beat(one, processes)
    one.look()
    assert processes[-1].signals == ["terminate"]
    clock.sleep(0.2)
    one.look()

    assert processes[-1].signals == ["terminate", "kill"]


def test_a_successor_waits_until_the_one_before_has_ended(tmp_path: Path, processes: Processes) -> None:
    """Two processes cannot hold the same port."""
    before = child(tmp_path, "output.note")
    before.start()
    after = child(tmp_path, "output.note", before=before)
    assert not after.waiting
    before.leave()
    processes[-1].end(EXIT_OK)
    assert not after.waiting
    before.look()

    assert after.waiting


def test_a_process_that_cannot_be_started_is_tried_again(tmp_path: Path, clock: Clock, processes: Processes) -> None:
    """A machine without memory may have some later."""
    one = child(tmp_path)
    processes.refuses = True
    one.start()
    assert "expected to start a process" in one.error
    assert not one.waiting and not one.done
    clock.sleep(RETRY_S)
    assert one.waiting
    processes.refuses = False
    one.start()

    assert one.alive and one.error == ""


def test_a_failure_is_told_in_the_words_of_the_process(tmp_path: Path, processes: Processes) -> None:
    """A heartbeat with phase `failed` does not count as up."""
    one = child(tmp_path)
    one.start()
    beat(one, processes, "failed", "expected sense, found none")
    assert (one.up, one.proven, one.error) == (False, False, "expected sense, found none")
    end(one, processes, EXIT_CONFIG)

    assert (one.failed, one.verdict, one.error) == (True, EXIT_CONFIG, "expected sense, found none")


@pytest.mark.parametrize("number", [signal.SIGTERM, HURRY])
def test_an_end_that_was_asked_for_is_no_failure(tmp_path: Path, processes: Processes, number: int) -> None:
    """This holds before the handler is installed, and while it waits for readers."""
    one = child(tmp_path)
    one.start()
    one.stop(hurry=True)
    processes[-1].end(-number)

    assert one.look() == EXIT_OK


def test_a_process_that_hangs_is_killed_once(
    tmp_path: Path, clock: Clock, processes: Processes, caplog: pytest.LogCaptureFixture
) -> None:
    """With one line, however long a busy machine takes to end it."""
    one = child(tmp_path, hang_s=3.0)
    one.start()
    beat(one, processes)
    clock.sleep(3.1)
    for _ in range(10):
        processes[-1].exitcode = None  # not yet
        one.look()
        clock.sleep(0.1)

    assert [record.message for record in caplog.records] == ["detect sent no heartbeat for 3 s: killing it"]
