"""Heartbeats, the stop sign, and counts."""

import signal
from typing import Any

import pytest

from pipeline.worker.pulse import EVERY_S, Beat, Pulse
from tests.pipeline.memory import Clock, Tally


class Sent(list[Beat]):
    """An outlet that keeps what is sent."""

    send = list.append

    def __bool__(self) -> bool:
        return True


@pytest.fixture
def sent() -> Any:
    """Return what is sent."""
    return Sent()


def test_a_loop_that_goes_round_beats_twice_a_second(clock: Clock, sent: Sent) -> None:
    """However often the loop runs; a loop that hangs sends nothing."""
    pulse = Pulse("detect", 1, 42, sent)  # type: ignore[arg-type]
    for _ in range(1000):
        assert pulse.beat()
        clock.sleep(0.01)
    assert len(sent) == pytest.approx(10 / EVERY_S, abs=1)
    clock.sleep(60)

    assert len(sent) == pytest.approx(10 / EVERY_S, abs=1)
    assert sent[0] == Beat(stage="detect", worker=1, pid=42, phase="standby")


def test_a_phase_is_told_at_once(clock: Clock, sent: Sent) -> None:
    """The phase is also in every later heartbeat, an error in one only."""
    pulse = Pulse("detect", 0, 42, sent)  # type: ignore[arg-type]
    pulse.beat()
    pulse.enter("working")
    clock.sleep(EVERY_S)
    pulse.beat()
    pulse.enter("failed", "no sense")

    assert [(beat.phase, beat.error) for beat in sent] == [
        ("standby", ""),
        ("working", ""),
        ("working", ""),
        ("failed", "no sense"),
    ]


def test_sigterm_asks_for_an_end(clock: Clock, sent: Sent) -> None:
    """The time is noted; SIGINT and SIGHUP of the terminal are the supervisor's business."""
    numbers = signal.SIGTERM, signal.SIGHUP, signal.SIGINT
    before = [signal.getsignal(number) for number in numbers]
    pulse = Pulse("detect", 0, 42, sent)  # type: ignore[arg-type]
    try:
        pulse.obey()
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGHUP)
        assert pulse.beat()
        signal.raise_signal(signal.SIGTERM)
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)

    assert not pulse.beat()
    assert (pulse.stopped_s, pulse.stopped_ns) == (clock.monotonic(), clock.time_ns())


def test_by_hand_ctrl_c_asks_too(clock: Clock) -> None:
    """Without a supervisor a stage handles Ctrl-C itself and sends no heartbeats."""
    numbers = signal.SIGTERM, signal.SIGHUP, signal.SIGINT
    before = [signal.getsignal(number) for number in numbers]
    pulse = Pulse("detect", 0, 42, None)
    try:
        pulse.obey()
        assert pulse.beat()
        signal.raise_signal(signal.SIGINT)
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
    pulse.enter("failed")

    assert not pulse.beat()


def test_counts_are_told_by_how_much_they_grew(tally: Tally) -> None:
    """The metrics get the increase, however often counts are reported."""
    pulse = Pulse("detect", 0, 42, None)
    for counts in ({"x": 2}, {"x": 2}, {"x": 5, "y": 1}):
        pulse.report(counts)

    assert (tally("counts_total", stage="detect", what="x"), tally("counts_total", stage="detect", what="y")) == (5, 1)


def test_networks_of_an_earlier_process_are_over(clock: Clock, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another model may have been set; what has not changed is not reported again."""
    told: list[str] = []
    monkeypatch.setattr("pipeline.worker.pulse.forget", lambda gauge, stage: told.append(f"{stage} forgets"))
    monkeypatch.setattr(
        "pipeline.worker.pulse.choose", lambda gauge, label, chosen, stage, network: told.append(f"{network} {chosen}")
    )
    pulse = Pulse("emotion", 0, 42, sent)  # type: ignore[arg-type]
    for devices in ({}, {"nano": "CPU"}, {"nano": "CPU"}, {"nano": "GPU", "other": "CPU"}):
        pulse.report_devices(devices)

    assert told == ["emotion forgets", "nano CPU", "nano GPU", "other CPU"]
