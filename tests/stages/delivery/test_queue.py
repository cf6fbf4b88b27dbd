"""The queue keeps what was committed, and forgets the oldest."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from stages.delivery import queue as module
from stages.delivery.queue import Queue

TYPES = ("lost", "camera")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Queue]]:
    """Return what opens a queue in one file."""
    with contextlib.ExitStack() as opened:

        def open_queue(most: int = 1000, types: tuple[str, ...] = TYPES) -> Queue:
            one = Queue(tmp_path / "q" / "w.sqlite", most, types)
            opened.callback(one.close)
            return one

        yield open_queue


def put(queue: Queue, *numbers: int, kind: str = "lost") -> int:
    """Append events."""
    return queue.put([(kind, str(number).encode()) for number in numbers])


def bodies(queue: Queue, most: int = 100) -> list[int]:
    """Return the oldest events, without holding them."""
    rows = queue.take(most)
    queue.release()
    return [int(row.body) for row in rows]


def test_events_come_out_in_order_until_removed(make: Callable[..., Queue]) -> None:
    """Also after a restart."""
    queue = make()
    put(queue, 1, 2)
    put(queue, 3)
    assert bodies(queue) == [1, 2, 3]
    queue.remove(queue.take(2))
    queue.close()

    again = make()
    assert again.waiting == 1
    assert bodies(again) == [3]


def test_the_oldest_are_dropped_except_those_being_sent(make: Callable[..., Queue]) -> None:
    """So an event is never both lost and delivered; the limit holds all the same."""
    queue = make(most=3)
    assert put(queue, 1, 2, 3, 4) == 1
    assert bodies(queue) == [2, 3, 4]

    rows = queue.take(2)
    assert put(queue, 5) == 1
    assert put(queue, 6, 7) == 2
    assert queue.waiting == 3
    queue.remove(rows)
    assert bodies(queue) == [7]
    assert queue.waiting == 1


def test_a_failed_batch_may_be_dropped(make: Callable[..., Queue]) -> None:
    """It is held while it is being sent only."""
    queue = make(most=2)
    put(queue, 1, 2)
    queue.take(2)
    queue.release()

    assert put(queue, 3) == 1
    assert bodies(queue) == [2, 3]


def test_what_may_no_longer_leave_is_deleted(make: Callable[..., Queue]) -> None:
    """`aggregate_only` holds for what an earlier run has queued, too."""
    queue = make()
    put(queue, 1, 2)
    put(queue, 3, kind="camera")
    queue.close()

    again = make(types=("camera", "aggregate"))
    assert (again.deleted, again.waiting) == (2, 1)
    assert bodies(again) == [3]


def test_nothing_is_half_written(make: Callable[..., Queue], monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that fails leaves the queue as it was, and the next one works."""
    queue = make()
    put(queue, 1)
    with pytest.raises(sqlite3.IntegrityError):
        queue.put([("lost", b"2"), ("lost", None)])  # type: ignore[list-item]
    put(queue, 3)

    assert bodies(queue) == [1, 3]
    assert queue.waiting == 2


def test_a_queue_belongs_to_one_output(make: Callable[..., Queue], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two would deliver everything twice."""
    monkeypatch.setattr(module, "REPLACED_S", 0.0)
    make()
    with pytest.raises(ConfigError, match=r"queue: expected a file of this output alone, found .*w\.sqlite"):
        make()


def test_a_reader_disturbs_nothing(make: Callable[..., Queue], tmp_path: Path) -> None:
    """An open shell of SQLite does not stop the next run."""
    first = make()
    put(first, 1)
    with contextlib.closing(sqlite3.connect(tmp_path / "q" / "w.sqlite")) as reader:
        rows = reader.execute("SELECT body FROM events UNION ALL SELECT body FROM events")
        assert rows.fetchone() == (b"1",)
        first.close()
        again = make()
        put(again, 2)
        assert bodies(again) == [1, 2]
        assert rows.fetchall() == [(b"1",)]


def test_other_files_are_refused(tmp_path: Path) -> None:
    """And stay as they were."""
    text, other = tmp_path / "text", tmp_path / "other.sqlite"
    text.write_text("not a database, but long enough to be read as one " * 50)
    with contextlib.closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE mine (a)")
    before = other.read_bytes()

    for path, found in ((text, "not a database"), (other, "another SQLite file"), (tmp_path, "unable to open")):
        with pytest.raises(ConfigError, match=f"expected a queue that can be written, found {path}: .*{found}"):
            Queue(path, 10, TYPES)
    with pytest.raises(ConfigError, match="expected a queue that can be written"):
        Queue(text / "below", 10, TYPES)
    assert other.read_bytes() == before


def test_after_its_end_nothing_happens(make: Callable[..., Queue]) -> None:
    """A request that outlasts the run finds the file closed; its events are sent again."""
    queue = make()
    put(queue, 1)
    rows = queue.take(1)
    queue.close()
    queue.remove(rows)

    assert queue.take(1) == []
    assert bodies(make()) == [1]


def test_only_its_owner_reads_a_queue(tmp_path: Path) -> None:
    """It holds events about people; SQLite's other files have its permissions."""
    with contextlib.closing(Queue(tmp_path / "queue.sqlite", 10, ["appeared"])):
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir() if path.suffix != ".lock"}

    assert set(modes.values()) == {0o600}, modes
