"""Hours and days of an audience: those of this machine's time zone, or of UTC."""

import io
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline.history.audience import Audience, By
from pipeline.history.formats import write_rows
from pipeline.history.write import History
from tests.pipeline.history.rows import minute


def keep(path: Path, zone: str, begin: str, hours: int) -> Path:
    """Write a history with a second of somebody in the first minute of each half hour from a local time on."""
    first = int(datetime.fromisoformat(begin).replace(tzinfo=ZoneInfo(zone)).timestamp())
    with closing(History(path / "h.sqlite", 10**8)) as history:
        history.write([], [minute(first + 1800 * n, happy=1.0) for n in range(2 * hours)])
    return path / "h.sqlite"


def steps(path: Path, by: By, *, utc: bool = False) -> list[tuple[str, float]]:
    """Return the local start of each step, and the seconds in it."""
    found = Audience(path, by, least=1, utc=utc)
    return [(datetime.fromtimestamp(row.at).isoformat(" ", "minutes"), row.present_s) for row in found]


@pytest.mark.parametrize(
    ("zone", "date", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Europe/Berlin", "2026-07-01", 24),
        ("America/Havana", "2026-11-01", 25),  # the hour from midnight to one comes twice
        ("America/Santiago", "2026-09-06", 23),  # the hour from midnight to one is skipped
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Asia/Kolkata", "2026-07-01", 24),
        ("UTC", "2026-07-01", 24),
    ],
)
def test_a_day_is_that_of_the_machine(
    tmp_path: Path, live_in: Callable[[str], None], zone: str, date: str, hours: float
) -> None:
    """From midnight to midnight, however long that is."""
    live_in(zone)
    before = datetime.fromisoformat(date).toordinal() - 1
    path = keep(tmp_path, zone, datetime.fromordinal(before).isoformat(), 72)
    (_, yesterday), today, *_ = steps(path, "day")

    begin = "01:00" if zone == "America/Santiago" else "00:00"
    assert (yesterday, today) == (48, (f"{date} {begin}", 2 * hours))


def test_an_hour_that_comes_twice_is_two(tmp_path: Path, live_in: Callable[[str], None]) -> None:
    """And one that is skipped is none."""
    live_in("Europe/Berlin")
    (tmp_path / "spring").mkdir()
    autumn = keep(tmp_path, "Europe/Berlin", "2026-10-25", 5)
    spring = keep(tmp_path / "spring", "Europe/Berlin", "2026-03-29", 3)

    assert [at[11:] for at, _ in steps(autumn, "hour")] == ["00:00", "01:00", "02:00", "02:00", "03:00"]
    assert [at[11:] for at, _ in steps(spring, "hour")] == ["00:00", "01:00", "03:00"]


def test_hours_may_begin_at_half_past(tmp_path: Path, live_in: Callable[[str], None]) -> None:
    """As they do in India, seen from UTC."""
    live_in("Asia/Kolkata")
    path = keep(tmp_path, "Asia/Kolkata", "2026-07-01", 2)

    assert steps(path, "hour") == [("2026-07-01 00:00", 2), ("2026-07-01 01:00", 2)]
    assert [seconds for _, seconds in steps(path, "hour", utc=True)] == [1, 2, 1]


def test_days_of_utc_on_request(tmp_path: Path, live_in: Callable[[str], None]) -> None:
    """They begin at two in Berlin's summer."""
    live_in("Europe/Berlin")
    path = keep(tmp_path, "Europe/Berlin", "2026-07-01", 24)

    assert steps(path, "day", utc=True) == [("2026-06-30 02:00", 4), ("2026-07-01 02:00", 44)]


def test_a_row_has_the_date_of_its_day(tmp_path: Path, live_in: Callable[[str], None]) -> None:
    """With the offset from UTC, which is another after the clocks change."""
    live_in("Europe/Berlin")
    path = keep(tmp_path, "Europe/Berlin", "2026-10-25", 30)
    local, greenwich = io.BytesIO(), io.BytesIO()
    write_rows(Audience(path, "day", least=1), "audience", "csv", local)
    write_rows(Audience(path, "day", least=1, utc=True), "audience", "csv", greenwich, utc=True)

    assert [line.split(b",")[0] for line in local.getvalue().splitlines()[1:]] == [
        b"2026-10-25T00:00:00.000+02:00",
        b"2026-10-26T00:00:00.000+01:00",
    ]
    assert [line.split(b",")[0] for line in greenwich.getvalue().splitlines()[1:]] == [
        b"2026-10-24T00:00:00.000Z",
        b"2026-10-25T00:00:00.000Z",
        b"2026-10-26T00:00:00.000Z",
    ]
