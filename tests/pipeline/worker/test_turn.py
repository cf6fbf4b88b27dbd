"""One process of a worker at a time."""

from pathlib import Path

import pytest

from pipeline.worker.turn import POLL_S, Turn
from tests.pipeline.memory import Clock


def test_the_next_one_waits_until_the_first_has_ended(tmp_path: Path, clock: Clock) -> None:
    """It beats meanwhile, and takes over within one look."""
    first, second = Turn(tmp_path, "detect.0"), Turn(tmp_path, "detect.0")
    beats: list[float] = []
    assert first.take(lambda: True)
    clock.at(0.1, first.close)
    began_s = clock.monotonic()
    assert second.take(lambda: not beats.append(clock.monotonic()))  # type: ignore[func-returns-value]

    assert clock.monotonic() - began_s == pytest.approx(0.1, abs=POLL_S)
    assert len(beats) >= 0.1 / POLL_S
    second.close()


def test_who_is_told_to_stop_waits_no_longer(tmp_path: Path, clock: Clock) -> None:
    """It does not acquire the lock and leaves it to the next process."""
    first, second, third = (Turn(tmp_path, "detect.0") for _ in range(3))
    assert first.take(lambda: True)
    until = clock.monotonic() + 0.05
    assert not second.take(lambda: clock.monotonic() < until)
    first.close()

    assert third.take(lambda: True)
    second.close()
    third.close()


def test_workers_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Each worker has its own lock."""
    turns = [Turn(tmp_path, f"detect.{n}") for n in range(3)]

    assert all(turn.take(lambda: True) for turn in turns)
    for turn in turns:
        turn.close()
