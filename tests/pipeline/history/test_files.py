"""Files of older versions are converted; files of others are refused and not changed."""

import sqlite3
from contextlib import closing
from math import inf
from pathlib import Path

import pytest
from msgspec.structs import replace

from pipeline.errors import ConfigError, InputError
from pipeline.history.audience import Audience
from pipeline.history.read import LABELS, MEASURED, VERSION, EventRow, MinuteRow, ZoneRow, read_history, sum_history
from pipeline.history.write import History
from tests.pipeline.history.rows import all_rows, event, minute

OLD = f"""
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
CREATE TABLE events (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, camera TEXT NOT NULL, run INTEGER NOT NULL, track INTEGER NOT NULL,
    type TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, seconds REAL NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX events_at ON events (at);
CREATE TABLE minutes (
    at INTEGER NOT NULL, camera TEXT NOT NULL, run INTEGER NOT NULL, track INTEGER NOT NULL, people INTEGER NOT NULL,
    looks INTEGER NOT NULL, confidence REAL NOT NULL, {"".join(f"{label} REAL NOT NULL, " for label in LABELS)}
    PRIMARY KEY (at, camera, run, track)
) WITHOUT ROWID;
INSERT INTO events (at, camera, run, track, type, before, after, seconds, detail) VALUES
    (70.5, 'hall', 4000, 1, 'lost', '', '', 2.5, ''), (90, 'hall', 7000, 1, 'appeared', '', 'sad', 0, '');
INSERT INTO minutes VALUES
    (60, 'hall', 4000, 1, 1, 20, 0.5, 0, 0, 0, 2.5, 0, 0, 0, 0),
    (60, 'hall', 7000, 1, 1, 30, 0.7, 0, 0, 0, 0, 9.0, 0, 0, 0);
PRAGMA user_version = 1;
"""
"""A history as version 1 made it, of two starts of a camera in one minute."""


def test_a_history_of_version_1_is_read_and_goes_on(tmp_path: Path) -> None:
    """Old rows are kept and identify people by run; new rows are added."""
    path = tmp_path / "h.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(OLD)
    read = all_rows(path)
    summed = sum_history(path, "hall", 0, 600, 60)
    with closing(History(path, 10**8)) as history:
        converted = all_rows(path)
        history.write([], [minute(60, run=7000, since=7500, track=1)])
        history.forget(0, inf)

    assert [(row.at, row.run, row.since, row.type) for row in read[0]] == [  # type: ignore[attr-defined]
        (70.5, 4000, 4000, "lost"),
        (90, 7000, 7000, "appeared"),
    ]
    assert [(row.run, row.since, row.looks) for row in read[1]] == [(4000, 4000, 20), (7000, 7000, 30)]  # type: ignore[attr-defined]
    assert [(one.since, sum(one.seconds)) for one in summed] == [(4000, 2.5), (7000, 9.0)]
    assert converted == read
    assert [(one.since, sum(one.seconds)) for one in sum_history(path, "hall", 0, 600, 60)] == [
        (4000, 2.5),
        (7000, 9.0),
        (7500, 1.0),
    ]


def test_a_history_of_version_2_is_read_and_continued(tmp_path: Path) -> None:
    """Before there were landmarks, nothing was measured."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as history:
        history.write([event(70)], [minute(60)])
    with closing(sqlite3.connect(path)) as db:
        for name in MEASURED:
            db.execute(f"ALTER TABLE minutes DROP COLUMN {name}")
        remove_zones(db, 2)
    read = all_rows(path)
    with closing(History(path, 10**8)) as history:
        assert all_rows(path) == read
        history.write([], [minute(60, measured=5, facing=3, blinking=5, blinks=2), minute(60, measured=1)])
    ((row,),) = [all_rows(path)[1]]

    assert read[0] == [event(70)] and isinstance(row, MinuteRow)
    assert (row.looks, row.measured, row.facing, row.blinking, row.blinks) == (6, 6, 3, 5, 2)


def remove_zones(db: sqlite3.Connection, version: int) -> None:
    """Make a database of a version without zones."""
    db.execute("ALTER TABLE events DROP COLUMN zone")
    db.execute("ALTER TABLE events DROP COLUMN clock")
    db.execute("DROP TABLE zone_minutes")
    db.execute(f"PRAGMA user_version = {version}")


def test_a_history_of_version_3_is_read_and_gets_zones(tmp_path: Path) -> None:
    """Before there were zones, there are no rows about them."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as history:
        history.write([event(70)], [minute(60, measured=5)])
    with closing(sqlite3.connect(path)) as db:
        remove_zones(db, 3)
    before = all_rows(path)
    audience = [(row.zone, row.people, row.present_s) for row in Audience(path, least=1)]
    visit = EventRow(at=90, camera="hall", run=5, since=6, track=3, type="zone_left", zone="desk", seconds=2.5)
    with closing(History(path, 10**8)) as history:
        assert all_rows(path) == before
        history.write([visit], [], [ZoneRow(at=60, camera="hall", run=5, since=6, track=3, zone="desk", people=1)])

    assert audience == [("", 1, 1.0)]
    assert all_rows(path)[0] == [event(70), visit]
    assert [row.zone for row in Audience(path, least=1)] == ["", "desk"]


def test_a_history_of_version_4_is_read_and_gets_clocks(tmp_path: Path) -> None:
    """Whose clock its times are of is not known."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as history:
        history.write([event(70)], [minute(60)])
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE events DROP COLUMN clock")
        db.execute("PRAGMA user_version = 4")
    before = all_rows(path)
    with closing(History(path, 10**8)) as history:
        assert all_rows(path) == before
        history.write([replace(event(80), clock="ntp")], [])

    assert before[0] == [event(70)]
    assert [row.clock for row in all_rows(path)[0]] == ["", "ntp"]  # type: ignore[attr-defined]


def test_a_conversion_that_fails_leaves_the_old_history(tmp_path: Path) -> None:
    """It stays readable, and a later start converts it."""
    path = tmp_path / "h.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(OLD)
        before = all_rows(path)
        db.execute("CREATE TABLE old (x)")
        db.commit()
        with pytest.raises(ConfigError, match="already"):
            History(path, 10**8)
        assert all_rows(path) == before
        db.execute("DROP TABLE old")
        db.commit()
    History(path, 10**8).close()

    assert all_rows(path) == before


def make_newer(path: Path) -> None:
    """Make a history of a later version."""
    History(path, 10**8).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")


def make_other(path: Path) -> None:
    """Make somebody else's database."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE letters (x)")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (make_newer, "by a newer Emobot"),
        (make_other, "another database"),
        (lambda path: path.write_text("no database at all" * 100), "not a database"),
        (lambda path: path.mkdir(), "expected a history"),
    ],
)
def test_what_is_no_history_is_left_alone(tmp_path: Path, make: object, said: str) -> None:
    """Writer and reader refuse it in one line that names it."""
    path = tmp_path / "h.sqlite"
    make(path)  # type: ignore[operator]
    with pytest.raises(ConfigError, match=said) as refused:
        History(path, 10**8)
    with pytest.raises(InputError):
        list(read_history(path, "events"))

    assert str(path) in str(refused.value) and "\n" not in str(refused.value)


def test_a_history_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    """One line names the file."""
    with pytest.raises(InputError, match="found no file"):
        list(read_history(tmp_path / "h.sqlite", "minutes"))
    assert list(tmp_path.iterdir()) == []
