"""Minutes that the history sums up for frames."""

from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from pipeline.history.read import EventRow, read_history
from pipeline.messages import Frame, Label
from stages.history import WRITE_EVERY_S
from tests.stages.history.keeping import Kept, frame


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


def test_the_last_minute_of_a_removed_camera_is_written(tmp_path: Path) -> None:
    """A sum over all people is written when its minute ends; no frame comes that would end it."""
    kept = Kept(tmp_path / "h.sqlite", aggregate_only=True, min_people=1)
    with closing(kept.stage):
        kept.see(*(frame(60 + n / 10, (1, "sad")) for n in range(20)))
        kept.stage.keep({"hall"})
        assert kept.minutes() == []
        kept.stage.keep(set())

        assert [(row.camera, row.people, row.looks) for row in kept.minutes()] == [("hall", 1, 20)]


def test_minutes_of_a_clock_that_was_set_back_are_written(tmp_path: Path) -> None:
    """They do not wait in memory until their time comes again; nothing is counted twice, or negative."""
    everybody: list[tuple[int, Label]] = [(track, "happy") for track in range(1, 6)]
    kept = Kept(tmp_path / "h.sqlite", aggregate_only=True)
    with closing(kept.stage):
        for second in range(8):
            kept.see(frame(7200 + second / 4, *everybody))
        for second in range(8):
            kept.see(frame(3600 + second / 4, *everybody))
        soon = kept.minutes()

    assert [(row.at, row.people, row.looks) for row in soon] == [(7200, 5, 40)]
    rows = kept.minutes()
    assert [(row.at, row.looks, row.seconds["happy"]) for row in rows] == [
        (3600, 40, pytest.approx(8.75)),
        (7200, 40, pytest.approx(8.75)),
    ]


def test_a_stay_that_began_in_the_future_is_not_negative(tmp_path: Path) -> None:
    """The clock was set back while a person was present, and the history's process restarted."""
    path = tmp_path / "h.sqlite"
    with closing((first := Kept(path)).stage):
        first.see(frame(7200, (1, "happy"), pts_ns=10**9))
    with closing((second := Kept(path)).stage):
        second.see(frame(3600, (1, "happy"), pts_ns=2 * 10**9))
        second.see(frame(3603, pts_ns=5 * 10**9), frame(3610, pts_ns=12 * 10**9))
    lost = [row for row in read_history(path, "events") if isinstance(row, EventRow) and row.type == "lost"]

    assert [row.seconds for row in lost] == [pytest.approx(0.0, abs=3.1)]
    assert lost[0].seconds >= 0
