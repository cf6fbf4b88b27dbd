"""Rows that the history writes for frames."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.errors import ConfigError
from pipeline.history.read import EventRow, MinuteRow, read_history
from pipeline.history.write import History
from pipeline.messages import Alert, Box, Face, Frame, Label
from stages import history as module
from stages.history import FORGET_EVERY_S, WRITE_EVERY_S, HistoryFile

RUN = 7_000_000


class Kept:
    """A stage whose clock is the frames', and what is in its file."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.path = path
        self.stage = HistoryFile(path=str(path), **options)
        self.clock = 0.0
        self.stage.now = lambda: self.clock

    def see(self, *frames: Frame) -> None:
        """Let the stage see frames one by one."""
        for one in frames:
            self.clock = one.captured_ns / 1e9
            assert list(self.stage.process([one])) == []

    def events(self) -> list[tuple[float, str, str, str]]:
        """Return time, type and labels of the events in the file."""
        found = [row for row in read_history(self.path, "events") if isinstance(row, EventRow)]
        return [(row.at, row.type, row.before, row.after) for row in found]

    def minutes(self) -> list[MinuteRow]:
        """Return the minutes in the file."""
        return [row for row in read_history(self.path, "minutes") if isinstance(row, MinuteRow)]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """Return a history of 30 days."""
    one = Kept(tmp_path / "sub" / "h.sqlite")
    with closing(one.stage):
        yield one


def frame(at_s: float, *people: tuple[int, Label], **more: Any) -> Frame:
    """Return a live frame with people."""
    faces = tuple(
        Face(track=track, box=Box(x=1, y=1, width=9, height=9), score=0.9, label=label, confidence=0.6)
        for track, label in people
    )
    values: dict[str, Any] = {"camera": "hall", "run": RUN, "pts_ns": int(at_s * 1e9), **more}
    return Frame(captured_ns=int(at_s * 1e9), faces=faces, **values)


def test_what_landmarks_measured_is_summed_by_minute(kept: Kept) -> None:
    """Of each person; a minute ends where the next begins."""

    def see(at_s: float, facing: bool | None, blinks: int | None) -> None:
        one = frame(at_s, (1, "sad"))
        kept.see(replace(one, faces=(replace(one.faces[0], facing=facing, blinks=blinks),)))

    for n in range(21):
        see(119 + n / 10, n < 15, n // 4)
    see(121.1, None, None)
    see(121.2, None, None)
    kept.stage.close()
    first, second = kept.minutes()

    assert (first.measured, first.facing) == (pytest.approx(0.9), pytest.approx(0.9))
    assert (second.measured, second.facing) == (pytest.approx(1.2), pytest.approx(0.6))
    assert (first.blinks, second.blinks) == (2, 3)
    assert (first.blinking, second.blinking) == (pytest.approx(0.9), pytest.approx(1.1))


def test_each_event_says_whose_clock_its_time_is_of(kept: Kept) -> None:
    """The camera's, once it is known; of a state without a frame this machine's."""
    kept.see(frame(100, (1, "sad")), frame(100.1, (1, "sad"), clock="ntp"), frame(100.2, (1, "happy"), clock="ntp"))
    kept.see(frame(103, state="offline"))
    rows = [row for row in read_history(kept.path, "events") if isinstance(row, EventRow)]

    assert [(row.type, row.clock) for row in rows] == [
        ("camera", "arrival"),
        ("appeared", "arrival"),
        ("changed", "ntp"),
        ("camera", "arrival"),
    ]


def test_who_came_changed_and_left_is_kept(kept: Kept) -> None:
    """Events have the time of their frame; changes of the camera's state are kept too."""
    kept.see(frame(100, (1, "sad")), frame(100.1, (1, "happy")), frame(102), frame(103, state="offline", error="gone"))

    assert kept.events() == [
        (100, "camera", "", "live"),
        (100, "appeared", "", "sad"),
        (100.1, "changed", "sad", "happy"),
        (102, "lost", "", ""),
        (103, "camera", "live", "offline"),
    ]
    rows = [row for row in read_history(kept.path, "events") if isinstance(row, EventRow)]
    assert rows[3].seconds == pytest.approx(0.1)
    assert rows[4].detail == "gone"
    assert {row.run for row in rows} == {RUN // 1_000_000}


def test_each_minute_of_each_person_has_a_row(kept: Kept) -> None:
    """Times add up over the writes."""
    for i in range(100):
        kept.see(frame(115 + i / 10, (1, "happy"), (2, "sad")))
    kept.see(frame(125 + WRITE_EVERY_S))
    found = {(row.at, row.track): row for row in kept.minutes()}

    assert set(found) == {(60, 1), (60, 2), (120, 1), (120, 2)}
    assert found[60, 1].seconds["happy"] == pytest.approx(4.9)
    assert found[120, 2].seconds["sad"] == pytest.approx(5.0)
    assert (found[60, 1].looks, found[60, 1].people) == (50, 1)
    assert found[60, 1].confidence == pytest.approx(0.6)


def test_nothing_older_than_a_second_is_unwritten(kept: Kept) -> None:
    """At every frame, the file lacks less than a second of sums, and no event."""
    for i in range(60):
        at = 130 + i / 10
        kept.see(frame(at, (1, "happy" if i % 7 else "sad")))
        written = sum(sum(row.seconds.values()) for row in kept.minutes())
        assert at - 130 - written < 1.0
        assert kept.events()[-1][0] == max(130 + j / 10 for j in range(i + 1) if j % 7 in (0, 1))


def test_a_recordings_minutes_are_those_of_the_stream(kept: Kept) -> None:
    """However fast it is read: three minutes of it make three rows."""
    for i in range(180):
        kept.see(frame(600 + i / 100, (1, "happy"), pts_ns=i * 10**9, lossless=True))
    kept.see(frame(602, state="ended", lossless=True, pts_ns=180 * 10**9))

    kept.clock += WRITE_EVERY_S
    list(kept.stage.process([frame(603, state="ended", lossless=True, pts_ns=180 * 10**9)]))
    assert [row.at for row in kept.minutes()] == [600, 660, 720]


def test_of_people_who_are_not_told_apart_there_is_a_sum(tmp_path: Path) -> None:
    """One row for a minute, with how many they were; no event about anybody."""
    kept = Kept(tmp_path / "h.sqlite", aggregate_only=True, min_people=3)
    with closing(kept.stage):
        for i in range(40):
            kept.see(frame(60 + i / 4, (1, "happy"), (2 + i // 20, "sad")))
        kept.see(frame(71))
        unfinished = kept.minutes()
        kept.see(frame(121))

    assert unfinished == []  # the file may be read at any time, also when only one person had come

    assert [event[1] for event in kept.events()] == ["camera"]
    (row,) = kept.minutes()
    assert (row.track, row.people, row.looks) == (0, 3, 80)
    assert row.seconds["happy"] == pytest.approx(9.75)


@pytest.mark.parametrize("then", [frame(121), frame(121, run=9_000_000), frame(60.5, state="ended")])
@pytest.mark.parametrize(("people", "rows"), [(1, 0), (4, 0), (5, 1)])
def test_a_sum_about_few_people_is_not_written(tmp_path: Path, people: int, rows: int, then: Frame) -> None:
    """Whether the minute ends, the camera or the run; by default it concerns five people at least."""
    kept = Kept(tmp_path / "h.sqlite", aggregate_only=True)
    everybody: list[tuple[int, Label]] = [(track, "happy") for track in range(1, people + 1)]
    with closing(kept.stage):
        kept.see(frame(60, *everybody), frame(60.25, *everybody), then)

    assert [row.people for row in kept.minutes()] == [people] * rows


def test_a_new_start_of_a_camera_begins_anew(kept: Kept) -> None:
    """Equal track numbers are other people."""
    kept.see(frame(60, (1, "happy")), frame(60.5, (1, "happy")), frame(61, (1, "sad"), run=9_000_000, pts_ns=0))
    kept.see(frame(62, (1, "sad"), run=9_000_000, pts_ns=10**9))

    assert [(event[1], event[3]) for event in kept.events()] == [
        ("camera", "live"),
        ("appeared", "happy"),
        ("lost", ""),
        ("appeared", "sad"),
    ]
    assert {(row.run, row.track) for row in kept.minutes()} == {(7, 1), (9, 1)}


def test_those_counted_anew_in_the_same_run_are_others(kept: Kept) -> None:
    """The stage that follows people died and counts from 1 again: nobody gets another's time, label or arrival."""
    first, second = {"counted_ns": 60 * 10**9}, {"counted_ns": 61 * 10**9}
    kept.see(frame(60, (1, "happy"), **first), frame(60.5, (1, "happy"), **first))
    kept.see(frame(61, (1, "sad"), **second), frame(61.5, (1, "sad"), **second), frame(63, **second))
    events = [row for row in read_history(kept.path, "events") if isinstance(row, EventRow)]
    minutes = {(row.run, row.since, row.track): dict(row.seconds) for row in kept.minutes()}

    assert [(row.since, row.type, row.after) for row in events[1:]] == [
        (60_000, "appeared", "happy"),
        (60_000, "lost", ""),
        (61_000, "appeared", "sad"),
        (61_000, "lost", ""),
    ]
    assert minutes.keys() == {(7, 60_000, 1), (7, 61_000, 1)}
    assert minutes[7, 60_000, 1]["happy"] == pytest.approx(0.5)
    assert (minutes[7, 61_000, 1]["happy"], minutes[7, 61_000, 1]["sad"]) == (0.0, pytest.approx(0.5))


def test_old_days_are_forgotten(tmp_path: Path) -> None:
    """Old rows are deleted during the run."""
    kept = Kept(tmp_path / "h.sqlite", keep_days=1)
    with closing(kept.stage):
        kept.see(frame(60, (1, "happy")), frame(60 + 86_400, (1, "happy")))
        kept.see(frame(130 + 86_400 + FORGET_EVERY_S, (2, "happy")))

    assert min(row.at for row in kept.minutes()) >= 86_400
    assert min(event[0] for event in kept.events()) >= 86_400


@pytest.mark.slow
def test_the_file_stays_below_its_megabytes(tmp_path: Path) -> None:
    """A crowd that comes and goes fits into one."""
    kept = Kept(tmp_path / "h.sqlite", max_mb=1)
    with closing(kept.stage):
        for i in range(400):
            people: list[tuple[int, Label]] = [(i * 75 + j, "happy") for j in range(75)]
            kept.see(frame(1000 + 2 * i, *people))
            if i % 20 == 19:
                files = [file for file in tmp_path.iterdir() if file.suffix != ".sqlite-shm"]
                assert sum(file.stat().st_size for file in files) < 1.3e6
    newest = max(event[0] for event in kept.events())

    assert newest == 1000 + 2 * 399
    assert 500 < len(kept.events()) < 59_000


def fail(*rows: object) -> None:
    """Stand in for a full disk."""
    raise sqlite3.OperationalError("database or disk is full")


def test_a_disk_that_fails_for_a_while_costs_nothing(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that could not be written are written later, and the stage keeps working."""
    kept.see(frame(60, (1, "happy")))
    with monkeypatch.context() as patch:
        patch.setattr(History, "write", fail)
        kept.see(*(frame(60.5 + i / 10, (1, "happy" if i % 2 else "sad")) for i in range(10)))
    assert len(kept.events()) == 2
    kept.see(frame(62, (1, "happy")))

    assert len(kept.events()) == 2 + 10
    assert sum(sum(row.seconds.values()) for row in kept.minutes()) == pytest.approx(2.0)
    assert kept.stage.counts["lost"] == 0


def test_what_waits_for_a_disk_is_bounded(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest events are lost first, and counted."""
    monkeypatch.setattr(module, "MOST_WAITING", 20)
    with monkeypatch.context() as patch:
        patch.setattr(History, "write", fail)
        kept.see(*(frame(60 + 2 * i, (1, "happy" if i % 2 else "sad")) for i in range(50)))
        lost = kept.stage.counts["lost"]
    kept.see(frame(162, (1, "happy")))

    assert lost > 20
    assert kept.events()[-1][0] == 158 and len(kept.events()) <= 22


def test_a_file_that_is_no_history_is_refused(tmp_path: Path) -> None:
    """The file is not overwritten."""
    (tmp_path / "letter").write_text("dear " * 1000)
    with pytest.raises(ConfigError, match="letter"):
        HistoryFile(path=str(tmp_path / "letter"))
    assert (tmp_path / "letter").read_text().startswith("dear")


def test_a_restart_repeats_nobody(tmp_path: Path) -> None:
    """Who stays has appeared once, and left once after the whole stay."""
    first = Kept(tmp_path / "h.sqlite")
    first.see(frame(100.0, (1, "sad"), (2, "happy")), frame(101.0, (1, "sad"), (2, "happy")))
    first.stage.close()
    second = Kept(tmp_path / "h.sqlite")
    second.see(frame(103.0, (1, "happy")), frame(105.0, (1, "happy")), frame(110.0))
    second.stage.close()

    people = [event for event in second.events() if event[1] != "camera"]
    assert [(kind, before, after) for _, kind, before, after in people] == [
        ("appeared", "", "sad"),
        ("appeared", "", "happy"),
        ("changed", "sad", "happy"),
        ("lost", "", ""),
        ("lost", "", ""),
    ]
    stays = [row.seconds for row in read_history(tmp_path / "h.sqlite", "events") if row.type == "lost"]  # type: ignore[union-attr]
    assert stays == [3.0, 5.0]


def test_alerts_are_kept(kept: Kept) -> None:
    """When each was raised and cleared, for how long, and why."""
    one = Alert(id="1", name="crowd", camera="hall", when="count > 5", raised_s=90.0)
    kept.see(frame(100.0, alerts=(one,)), frame(101.0, alerts=(one,)))
    kept.see(frame(102.0, alerts=(replace(one, cleared_s=101.5, reason="missing"),)))

    rows = [row for row in read_history(kept.path, "events") if isinstance(row, EventRow) and row.type != "camera"]
    assert [(row.at, row.type, row.before, row.after, row.seconds, row.detail) for row in rows] == [
        (90.0, "alert_raised", "crowd", "", 0.0, "count > 5"),
        (101.5, "alert_cleared", "crowd", "missing", 11.5, "count > 5"),
    ]
