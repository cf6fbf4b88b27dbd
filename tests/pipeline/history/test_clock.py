"""No clock that is wrong deletes what is not old."""

from contextlib import closing
from pathlib import Path

import pytest

from pipeline.history.read import read_history
from pipeline.history.write import History
from tests.pipeline.history.rows import all_rows, event, minute

DAY = 86_400
KEEP = 10 * DAY
BEGAN = 21_000 * DAY
DECADE = 3652 * DAY


class Machine:
    """A machine whose clock may differ from the time that passes, with a row for each day and one person."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.passed = 0.0
        self.ahead = 0.0
        self.history = self._open()

    def live(self, days: int) -> None:
        """Record for some days."""
        for _ in range(days):
            self.passed += DAY
            now = BEGAN + self.passed + self.ahead
            self.history.write([event(now, detail=f"day {self.passed / DAY:.0f}")], [minute(int(now))])
            self.history.forget(now, KEEP)

    def restart(self) -> None:
        """Begin a new process."""
        self.history.close()
        self.history = self._open()

    def days(self) -> list[int]:
        """Return on which days the rows were written."""
        return [int(row.detail.removeprefix("day ")) for row in read_history(self.path, "events")]  # type: ignore[union-attr]

    def _open(self) -> History:
        return History(self.path, 10**8, lambda: self.passed)


@pytest.mark.parametrize("restarted", [(), (0, 1, 2)])
def test_a_leap_of_the_clock_deletes_nothing(
    tmp_path: Path, restarted: tuple[int, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """Rows are kept for as long as if they were written at the leap, also by a new process; one line reports it."""
    machine = Machine(tmp_path / "h.sqlite")
    with closing(machine.history):
        machine.live(14)
        machine.ahead = DECADE
        for part in range(3):
            if part in restarted:
                machine.restart()
            machine.live(2)
        assert set(range(4, 21)) <= set(machine.days())
        machine.ahead = 0
        machine.live(4)
        assert set(range(14, 25)) <= set(machine.days())
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("the clock went from 2027-07-15 to 2037-07-15: older rows of the history are")


def test_a_clock_that_stays_wrong_is_believed_in_the_end(tmp_path: Path) -> None:
    """What is older than `keep_days` by any clock is deleted."""
    machine = Machine(tmp_path / "h.sqlite")
    with closing(machine.history):
        machine.live(14)
        machine.ahead = DECADE
        machine.live(12)

        assert min(machine.days()) > 14


def test_a_machine_that_was_off_deletes_what_is_old(tmp_path: Path) -> None:
    """At once."""
    machine = Machine(tmp_path / "h.sqlite")
    with closing(machine.history):
        machine.live(10)
        machine.restart()
        machine.ahead = 60 * DAY
        machine.live(1)

        assert machine.days() == [11]


def test_a_suspended_machine_deletes_what_is_old(tmp_path: Path) -> None:
    """The time of the suspension has passed."""
    machine = Machine(tmp_path / "h.sqlite")
    with closing(machine.history):
        machine.live(10)
        machine.passed += 60 * DAY
        machine.live(1)

        assert machine.days() == [71]


def test_a_machine_without_a_battery_keeps_its_limit(tmp_path: Path) -> None:
    """Its clock begins in 1970 until the network sets it, at each of many starts."""
    machine = Machine(tmp_path / "h.sqlite")
    with closing(machine.history):
        for _ in range(10):
            machine.restart()
            machine.ahead = -BEGAN - machine.passed
            machine.history.write([event(300, detail="day 0")], [])
            machine.history.forget(300, KEEP)
            machine.ahead = 0
            machine.live(2)
            machine.passed += 2 * DAY

        assert set(machine.days()) == {29, 30, 33, 34, 37, 38}


def test_rows_of_a_future_are_deleted_in_time(tmp_path: Path) -> None:
    """A clock that was ahead left them; newer rows stay."""
    machine = Machine(tmp_path / "h.sqlite")
    with closing(machine.history):
        machine.ahead = DECADE
        machine.live(3)
        machine.ahead = 0
        machine.live(9)
        assert set(machine.days()) == set(range(1, 13))
        machine.live(5)

        assert machine.days() == list(range(7, 18))


def test_a_history_of_an_earlier_version_is_protected(tmp_path: Path) -> None:
    """The time of its newest row is known."""
    machine = Machine(tmp_path / "h.sqlite")
    with closing(machine.history):
        machine.history.write([event(BEGAN)], [minute(BEGAN)])
        machine.history.forget(BEGAN + DECADE, KEEP)

    assert [len(rows) for rows in all_rows(machine.path)][:2] == [1, 1]


def test_a_leap_does_not_make_a_full_history_lose_all(tmp_path: Path) -> None:
    """A tenth of the rows goes, not a tenth of the time."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 400_000)) as history:
        history.write([event(BEGAN + n, detail="x" * 300) for n in range(1200)], [])
        history.forget(BEGAN + 1200, KEEP)
        history.write([event(BEGAN + DECADE, detail="x" * 300) for _ in range(300)], [])
        history.forget(BEGAN + DECADE, KEEP)
        assert history.size() <= 400_000
    assert len(all_rows(path)[0]) > 600
