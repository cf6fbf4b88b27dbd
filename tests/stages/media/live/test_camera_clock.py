"""The time a camera gives is used if it can be true, and time never runs backwards."""

from collections.abc import Iterator, Sequence

import pytest

from stages.media.live.camera_clock import CameraClock, duration

S = 10**9
MS = 10**6
START = 1_800_000_000 * S


def read(clock: CameraClock, offsets: Sequence[float | None], start: int = START) -> Iterator[tuple[int, str]]:
    """Read frames of 25 Hz that arrive these seconds after the camera's time; None: it gives none."""
    for n, offset in enumerate(offsets):
        arrived = start + n * 40 * MS
        at, name = clock.read(arrived - round(offset * S) if offset is not None else 0, arrived)
        yield (at - arrived) // MS if at else 0, name


def test_a_camera_without_reports_has_times_of_arrival(caplog: pytest.LogCaptureFixture) -> None:
    """As before; also when this machine's clock is set back."""
    clock = CameraClock("hall")

    assert set(read(clock, [None] * 5)) == {(0, "arrival")}
    assert set(read(clock, [None] * 5, START - 3600 * S)) == {(0, "arrival")}
    assert clock.offset_ns == 0
    assert not caplog.records


def test_the_first_report_turns_no_time_back() -> None:
    """Times stand still for the delay of 100 ms, then they are the camera's."""
    clock = CameraClock("hall")
    found = list(read(clock, [None] * 3 + [0.1] * 6))

    assert found[:3] == [(0, "arrival")] * 3
    assert [name for _, name in found[3:]] == ["arrival", "arrival", "ntp", "ntp", "ntp", "ntp"]
    assert [ms for ms, _ in found[5:]] == [-100] * 4
    assert clock.offset_ns == 100 * MS


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (-0.3, "0.3 s ahead"),
        (-90.0, "90.0 s ahead"),
        (2.5, "2.5 s behind"),
        (600.0, "10 minutes behind"),
        (-7 * 3600.0, "7 hours ahead"),
        (56 * 31_557_600.0, "56 years behind"),
        (-80 * 31_557_600.0, "80 years ahead"),
    ],
)
def test_a_wrong_clock_is_not_used(caplog: pytest.LogCaptureFixture, offset: float, words: str) -> None:
    """It is reported once, with its offset."""
    clock = CameraClock("hall")

    assert set(read(clock, [offset] * 100)) == {(0, "arrival")}
    assert clock.offset_ns == round(offset * S)
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("hall: expected a camera's clock at most 0.2 s ahead")
    assert f"found it {words};" in line


def test_a_clock_that_is_set_while_it_runs_is_used_or_refused(caplog: pytest.LogCaptureFixture) -> None:
    """Years ahead, back again, and years behind: times of arrival meanwhile, always later than before."""
    clock = CameraClock("hall")
    year = 31_557_600.0
    offsets = [0.1] * 50 + [-year] * 1500 + [0.1] * 1500 + [year] * 1500 + [0.1] * 50
    times = []
    for n, offset in enumerate(offsets):
        arrived = START + n * 40 * MS
        at, name = clock.read(arrived - round(offset * S), arrived)
        assert abs(arrived - at) <= 101 * MS
        times.append((at, name))

    assert [at for at, _ in times] == sorted({at for at, _ in times})
    names = [name for _, name in times]
    assert set(names[:50]) == set(names[2600:3050]) == {"ntp"}
    assert set(names[60:1500]) == set(names[3060:4550]) == {"arrival"}
    assert len(caplog.records) == 2


def test_a_stall_of_the_network_keeps_the_times_of_the_camera() -> None:
    """Frames that come in a burst were taken one after the other."""
    clock = CameraClock("hall")
    times = [clock.read(START + n * 40 * MS, max(START + n * 40 * MS, START + 3 * S)) for n in range(100)]

    assert times[80:] == [(START + n * 40 * MS, "ntp") for n in range(80, 100)]


def test_a_clock_at_the_limit_does_not_change_back_and_forth() -> None:
    """Once refused, it has to be well within the limits again."""
    clock = CameraClock("hall")
    found = list(read(clock, [2.01, 1.99] * 500 + [1.5] * 600 + [0.9] * 600))
    names = [name for _, name in found]

    assert sum(a != b for a, b in zip(names, names[1:], strict=False)) <= 2
    assert names[-1] == "ntp"


def test_this_machines_clock_may_be_set() -> None:
    """An hour back: times follow at once instead of standing still for an hour."""
    clock = CameraClock("hall")
    list(read(clock, [0.1] * 50))
    found = list(read(clock, [None] * 5, START - 3600 * S))

    assert found == [(0, "arrival")] * 5


def test_a_new_connection_starts_again() -> None:
    """Until its first report the times are those of arrival, later than what was before."""
    clock = CameraClock("hall")
    list(read(clock, [0.1] * 50))
    clock.restart()
    found = list(read(clock, [None] * 3 + [0.05] * 3, START + 10 * S))

    assert [name for _, name in found] == ["arrival"] * 4 + ["ntp"] * 2


def test_durations_have_a_unit_that_fits() -> None:
    """Two of it at least."""
    values = (0.25, 119.0, 121.0, 7200.0, 172_800.0, 63_115_200.0)

    assert [duration(s) for s in values] == ["0.2 s", "119.0 s", "2 minutes", "2 hours", "2 days", "2 years"]
