"""The history: written, read, bounded."""

import sqlite3
import threading
from contextlib import closing
from math import inf
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.history.clock import FIRST_S
from pipeline.history.read import LABELS, MinuteRow, Sum, read_cameras, read_history, sum_history
from pipeline.history.write import History
from tests.pipeline.history.rows import all_rows, event, minute


def test_rows_come_out_as_they_went_in(tmp_path: Path) -> None:
    """Rows are in order of time, for all or selected cameras, within the requested period."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as history:
        history.write([event(70), event(10, "door"), event(30)], [minute(60), minute(0, camera="door")])

        assert list(read_history(path, "events")) == [event(10, "door"), event(30), event(70)]
        assert list(read_history(path, "events", ["hall"], 30, 70)) == [event(30)]
        assert list(read_history(path, "events", ["'; DROP TABLE events; --"])) == []
    (first, second) = read_history(path, "minutes")
    assert isinstance(first, MinuteRow) and isinstance(second, MinuteRow)
    assert (first.at, first.camera, second.at, second.camera) == (0, "door", 60, "hall")
    assert {label: second.seconds[label] for label in LABELS} == dict.fromkeys(LABELS, 0.0) | {"happy": 1.0}


def test_minutes_are_summed_up_in_steps(tmp_path: Path) -> None:
    """Sums are per step and person of one camera, within the requested period."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as history:
        rows = [minute(at, happy=2.0) for at in (0, 60, 120, 300, 600)]
        history.write([], [*rows, minute(60, since=9), minute(60, track=4), minute(60, camera="door")])

    def happy(seconds: float) -> tuple[float, ...]:
        return tuple(seconds if label == "happy" else 0.0 for label in LABELS)

    assert sum_history(path, "hall", 60, 600, 240) == [
        Sum(60, 6, 3, happy(4.0)),
        Sum(60, 6, 4, happy(1.0)),
        Sum(60, 9, 3, happy(1.0)),
        Sum(300, 6, 3, happy(2.0)),
    ]
    assert sum_history(path, "nobody", 0, 600, 60) == []
    assert read_cameras(path) == ["door", "hall"]
    with pytest.raises(InputError, match="found no file"):
        read_cameras(tmp_path / "none.sqlite")


@settings(deadline=None, max_examples=20)
@given(pieces=st.lists(st.tuples(st.integers(1, 50), st.floats(0, 1), st.floats(0, 30)), min_size=1, max_size=8))
def test_pieces_of_a_minute_add_up(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[int, float, float]]
) -> None:
    """Times and looks are sums, the confidence is the mean over all looks."""
    path = tmp_path_factory.mktemp("history") / "h.sqlite"
    with closing(History(path, 10**8)) as history:
        for looks, confidence, happy in pieces:
            history.write([], [minute(60, looks, confidence, happy)])
    (row,) = read_history(path, "minutes")
    looks = sum(piece[0] for piece in pieces)

    assert isinstance(row, MinuteRow)
    assert row.looks == looks
    assert row.seconds["happy"] == pytest.approx(sum(piece[2] for piece in pieces))
    assert row.confidence == pytest.approx(sum(piece[0] * piece[1] for piece in pieces) / looks)


def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    """Newer rows stay."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as history:
        history.write([event(10), event(100)], [minute(0), minute(60)])
        history.forget(FIRST_S + 60, FIRST_S)

    assert list(read_history(path, "events")) == [event(100)]
    assert [row.at for row in read_history(path, "minutes")] == [60]


def test_the_file_stays_below_its_bound(tmp_path: Path) -> None:
    """The oldest rows are deleted first, the newest never."""
    path = tmp_path / "h.sqlite"
    most = 400_000
    with closing(History(path, most)) as history:
        for hour in range(40):
            rows = [event(hour * 3600 + second, detail="x" * 300) for second in range(0, 3600, 36)]
            history.write(rows, [minute(hour * 3600)])
            history.forget(0, inf)
            assert history.size() <= most
    kept = [row.at for row in read_history(path, "events")]

    assert kept[-1] == 39 * 3600 + 3564
    assert kept == [row.at for row in read_history(path, "events", from_s=kept[0])]
    assert kept[0] > 20 * 3600
    assert len(kept) > 300


def test_trimming_reads_what_it_deletes(tmp_path: Path) -> None:
    """To count all rows would read the whole file, several times."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as history:
        history.write([], [minute(60 * n) for n in range(16_000)])
        size = history.size()
    with closing(History(path, size - 1)) as history:
        before = bytes_read()
        history.forget(0, inf)
        read = bytes_read() - before
        assert history.size() < 0.95 * size

    assert read < 0.75 * size


def bytes_read() -> int:
    """Return the bytes that this process has read from files."""
    return int(Path("/proc/self/io").read_text().split()[1])


def test_what_was_forgotten_leaves_no_hole(tmp_path: Path) -> None:
    """The file shrinks, also when its limit is reduced."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as history:
        history.write([event(second, detail="x" * 300) for second in range(6000)], [])
        history.forget(0, inf)
    large = path.stat().st_size
    with closing(History(path, 400_000)) as history:
        history.forget(0, inf)
        assert history.size() <= 400_000
    with closing(History(path, 10**8)) as history:
        history.forget(FIRST_S, 0)

    assert path.stat().st_size < 50_000 < 400_000 < large


def test_readers_see_whole_transactions_while_it_is_written(tmp_path: Path) -> None:
    """Each write has two rows, so a reader never finds an odd number, and nobody waits."""
    path = tmp_path / "h.sqlite"
    stop = threading.Event()
    with closing(History(path, 10**8)) as history:
        found: list[int] = []

        def read() -> None:
            while not stop.is_set():
                found.append(len(list(read_history(path, "events"))))

        reader = threading.Thread(target=read)
        reader.start()
        try:
            written = 0
            while len(set(found)) < 5:
                history.write([event(written), event(written)], [])
                written += 2
        finally:
            stop.set()
            reader.join()

    assert all(count % 2 == 0 for count in found)
    assert found == sorted(found)
    assert len(list(read_history(path, "events"))) == written


def test_two_may_write(tmp_path: Path) -> None:
    """Both find the schema, and rows of both are kept."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as one, closing(History(path, 10**8)) as other:
        one.write([event(1)], [minute(60, looks=1)])
        other.write([event(2)], [minute(60, looks=1)])

    events, minutes = all_rows(path)
    assert events == [event(1), event(2)]
    assert [row.looks for row in minutes if isinstance(row, MinuteRow)] == [2]


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    """No row is written and the file is not locked."""
    path = tmp_path / "h.sqlite"
    with closing(History(path, 10**8)) as history:
        with pytest.raises(sqlite3.Error):
            history.write([event(1)], [minute(60, people=None)])  # type: ignore[arg-type]
        history.write([event(2)], [])

    assert all_rows(path) == ([event(2)], [])
