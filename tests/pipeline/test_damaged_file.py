"""A file that a power cut has damaged is kept, and the run continues without it."""

import errno
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.damaged_file import not_writable, set_aside
from pipeline.errors import ConfigError, InputError
from pipeline.history.read import read_history
from pipeline.history.write import History
from stages.delivery.queue import Queue
from tests.pipeline.history.rows import event, minute

Damage = Callable[[Path], None]


def lose_a_page(path: Path) -> None:
    """Overwrite all pages but the first."""
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def lose_the_start(path: Path) -> None:
    """Overwrite the first page with zeros, as file systems do."""
    path.write_bytes(bytes(4096) + path.read_bytes()[4096:])


def lose_the_header(path: Path) -> None:
    """Overwrite all of the first page but its first words."""
    path.write_bytes(path.read_bytes()[:16] + b"\xff" * 4080)


def lose_the_end(path: Path) -> None:
    """Cut the file off within its second page."""
    path.write_bytes(path.read_bytes()[:5000])


DAMAGES = (lose_a_page, lose_the_start, lose_the_header, lose_the_end)


def history(path: Path) -> None:
    """Write a history of several pages."""
    with closing(History(path, 10**8)) as one:
        one.write([event(second, detail="x" * 300) for second in range(100)], [minute(0)])


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_history_is_set_aside(tmp_path: Path, damage: Damage, caplog: pytest.LogCaptureFixture) -> None:
    """When it is opened, or when the damage is found by a query or a write; the new rows are kept."""
    path = tmp_path / "h.sqlite"
    for number in range(2):
        history(path)
        damage(path)
        with closing(History(path, 10**8)) as one:
            one.present("hall", 6)
            one.write([event(200)], [minute(60)])
        assert list(read_history(path, "events")) == [event(200)]
        assert (tmp_path / f"h.sqlite.damaged{'-2' * number}").exists()
        path.unlink()

    assert len(caplog.messages) == 2
    assert caplog.messages[0].startswith(f"{path} is damaged (")
    assert caplog.messages[0].endswith("; it is now h.sqlite.damaged, and a new one was started")


@pytest.mark.parametrize("damage", [lose_a_page, lose_the_end])
def test_a_queue_is_set_aside(tmp_path: Path, damage: Damage) -> None:
    """With its events; new ones are queued."""
    path = tmp_path / "q.sqlite"
    with closing(Queue(path, 1000, ["changed"])) as queue:
        queue.put([("changed", b"x" * 300)] * 100)
    damage(path)
    with closing(Queue(path, 1000, ["changed"])) as queue:
        queue.put([("changed", b"new")])
        assert [row.body for row in queue.take(9)] == [b"new"]

    assert (tmp_path / "q.sqlite.damaged").stat().st_mode & 0o777 == path.stat().st_mode & 0o777 == 0o600


def test_its_journal_stays_with_it(tmp_path: Path) -> None:
    """So that what is in there can be read; and it does not become part of the new file."""
    path = tmp_path / "h.sqlite"
    path.write_bytes(b"rows")
    (tmp_path / "h.sqlite-wal").write_bytes(b"journal")
    set_aside(path, OSError("damaged"))

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        "h.sqlite.damaged": b"rows",
        "h.sqlite.damaged-wal": b"journal",
    }


def sqlite_error(code: int) -> sqlite3.Error:
    """Return an error of SQLite."""
    error = sqlite3.OperationalError("no")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL), True),
        (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), True),
        (sqlite_error(sqlite3.SQLITE_BUSY), True),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), False),
        (sqlite_error(sqlite3.SQLITE_READONLY), False),
        (PermissionError(errno.EACCES, "Permission denied"), False),
    ],
)
def test_what_passes_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, passes: bool
) -> None:
    """By a new process; any other error is one of the configuration, which ends the run."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(sqlite3, "connect", fail)
    for make in (lambda: History(tmp_path / "h", 10**8), lambda: Queue(tmp_path / "q", 9, ["changed"])):
        with pytest.raises(InputError if passes else ConfigError, match="that can be written, found .*/[hq]: "):
            make()


def test_a_full_disk_may_have_room_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite says of it only that the file cannot be opened."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    error = not_writable("a history", tmp_path / "h", sqlite_error(sqlite3.SQLITE_CANTOPEN))

    assert isinstance(error, InputError)


@pytest.mark.parametrize("content", [b"dear friend, " * 999, b"\x89PNG\r\n" * 999, b"PK\x03\x04" * 999])
def test_a_file_of_someone_else_stays(tmp_path: Path, content: bytes) -> None:
    """A wrong path in a config is refused."""
    path = tmp_path / "letter"
    path.write_bytes(content)
    for make in (lambda: History(path, 10**8), lambda: Queue(path, 9, ["changed"])):
        with pytest.raises(ConfigError, match="not a database"):
            make()
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE letters (x)")
    with pytest.raises(ConfigError, match="another database"):
        History(other, 10**8)

    assert path.read_bytes() == content
    assert not list(tmp_path.glob("*damaged*"))
