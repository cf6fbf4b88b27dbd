"""People as `persons.csv` joins them: rows, seconds and frames."""

from pathlib import Path

import pytest

from pipeline.batch.results import TrackSummary
from stages.results.episodes import episodes
from stages.results.persons.joining import in_order
from stages.results.reading import Results, durations_s, read_results, read_tracks
from tests.stages.results.tables import rows_of, write_results

BLACK = [*rows_of(1, "nnnhhhhhhh"), *rows_of(2, "hhhhhnnnnn", 60)]
"""A person before and after two seconds without a face, at 25 fps."""


def people(tmp_path: Path, persons: str, rows: object = None, **options: object) -> Results:
    """Return the results of rows with a table of persons."""
    folder = write_results(tmp_path / "one", rows or BLACK, frames=70, **options)  # type: ignore[arg-type]
    (folder / "persons.csv").write_text("track,person\n" + persons)
    return read_results(folder)


def test_a_joined_person_is_one(tmp_path: Path) -> None:
    """First and last second, seconds per label and names agree everywhere; the gap counts for nobody."""
    results = people(tmp_path, "1,Ann\n2,Ann\n")
    (one,) = results.summary.persons

    assert results.people == [1] and results.name(1) == "Ann"
    assert results.track.tolist() == [1] * 20 and results.tracked.tolist() == [1] * 10 + [2] * 10
    assert (one.name, one.tracks, one.first_s, one.last_s, one.frames_with_more) == ("Ann", [1, 2], 0.0, 2.76, 0)
    assert one.seconds == {"neutral": 0.32, "happy": 0.48} and results.summary.seconds == one.seconds
    spans = episodes(results, 1)
    assert [(e.label, round(e.end_ms - e.start_ms)) for e in spans] == [
        ("neutral", 120),
        ("happy", 280),
        ("happy", 200),
        ("neutral", 200),
    ]
    assert {label: round(shown, 3) for label, shown in durations_s(results).items() if shown} == one.seconds


def test_without_names_nothing_changes(tmp_path: Path) -> None:
    """The people are the tracks, and their seconds those that were counted at every frame."""
    tracks = [
        TrackSummary(track=1, first_s=0.0, last_s=0.36, seconds={"happy": 0.24, "neutral": 0.12}),
        TrackSummary(track=2, first_s=2.4, last_s=2.76, seconds={"happy": 0.2, "neutral": 0.16}),
        TrackSummary(track=1, first_s=2.5, last_s=2.6, seconds={"happy": 0.1}),
    ]
    results = people(tmp_path, "1,Person 1\n2,Person 2\n", tracks=tracks, seconds={"happy": 0.54, "neutral": 0.28})

    assert [(p.name, p.tracks, p.seconds) for p in results.summary.persons] == [
        ("Person 1", [1], {"happy": 0.34, "neutral": 0.12}),
        ("Person 2", [2], {"happy": 0.2, "neutral": 0.16}),
    ]
    assert results.summary.seconds == {"happy": 0.54, "neutral": 0.28}
    assert results.track.tolist() == read_tracks(tmp_path / "one").track.tolist()


def test_a_renamed_track_has_the_seconds_that_were_counted(tmp_path: Path) -> None:
    """Renaming alone counts nothing else."""
    tracks = [
        TrackSummary(track=1, first_s=0.0, last_s=0.36, seconds={"happy": 0.28, "neutral": 0.12}),
        TrackSummary(track=2, first_s=2.4, last_s=2.76, seconds={"happy": 0.2, "neutral": 0.2}),
    ]
    results = people(tmp_path, "1,Ann\n2,Bob\n", tracks=tracks)

    assert [p.seconds for p in results.summary.persons] == [
        {"neutral": 0.12, "happy": 0.28},
        {"happy": 0.2, "neutral": 0.2},
    ]


def test_a_track_that_is_left_out_is_nowhere(tmp_path: Path) -> None:
    """Neither in the rows nor in the seconds; the frames are still there."""
    results = people(tmp_path, "1,-\n2,Bob\n")

    assert results.people == [2] and len(results.frame) == 10 and len(results.frame_pts_ms) == 20
    assert results.summary.seconds == {"happy": 0.2, "neutral": 0.2}
    assert results.summary.frames_with_others == 10
    assert people(tmp_path, "1,\n2,\n").summary.persons == []


@pytest.mark.parametrize(("first", "second"), [(60.0, 50.0), (50.0, 60.0)])
def test_of_two_faces_of_a_person_the_larger_track_counts(tmp_path: Path, first: float, second: float) -> None:
    """Always the same one, so that they are not mixed; the summary counts these frames."""
    rows = [*rows_of(1, "nnnnnn"), *rows_of(2, "hhhhhh", 4)]
    places = {1: (10.0, 20.0, 50.0, first), 2: (90.0, 20.0, 50.0, second)}
    results = people(tmp_path, "1,Ann\n2,Ann\n", rows, places=places)

    assert len(set(results.frame.tolist())) == len(results.frame) == 10
    neutral = 6 if first > second else 4
    assert results.label.tolist() == ["neutral"] * neutral + ["happy"] * (10 - neutral)
    assert results.summary.persons[0].frames_with_more == results.summary.frames_with_others == 2


def test_people_are_in_the_order_of_their_numbers() -> None:
    """The person on the first seat is first, even if another one came earlier."""
    assert in_order({1: "Person 2", 3: "Person 1"}) == [3, 1]
    assert in_order({1: "Zoe", 2: "Ann", 3: "Person 02"}) == [1, 2, 3]


def test_a_day_with_a_frame_every_two_seconds_has_no_gaps(tmp_path: Path) -> None:
    """A frame counts until the next one starts, however long that takes."""
    results = people(tmp_path, "1,Ann\n2,Ann\n", [*rows_of(1, "hhh", fps=0.5), *rows_of(2, "h", 3, fps=0.5)], fps=0.5)

    assert results.summary.persons[0].seconds == {"happy": 8.0}
