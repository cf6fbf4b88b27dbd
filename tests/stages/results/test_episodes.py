"""Episodes of labels."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pipeline.messages import Frame, Label
from stages.results.episodes import episodes
from stages.results.reading import durations_s, read_results
from stages.table import Table
from tests.stages.report.recordings import face
from tests.stages.results.tables import Row, rows_of, write_results

pytestmark = pytest.mark.slow


def spans(tmp_path: Path, rows: list[Row], track: int = 1, **options: Any) -> list[tuple[float, float, str]]:
    """Return the episodes of a person in these rows."""
    results = read_results(write_results(tmp_path / "one", rows, **options))
    return [(e.start_ms, e.end_ms, e.label) for e in episodes(results, track)]


def test_an_episode_ends_where_the_next_frame_starts(tmp_path: Path) -> None:
    """Also one of a single frame, and the last, which ends with the recording."""
    found = spans(tmp_path, rows_of(1, "nnhnu"), frames=5)

    assert found == [(0, 80, "neutral"), (80, 120, "happy"), (120, 160, "neutral"), (160, 200, "uncertain")]


@pytest.mark.parametrize("known", [True, False])
def test_absence_is_a_gap(tmp_path: Path, known: bool) -> None:
    """Whether frames without a face have rows or not."""
    empty: list[Row] = [(i, i * 40.0, "", "") for i in (2, 3, 6)] if known else []
    found = spans(tmp_path, [*empty, *rows_of(1, "hh..hh.")], frames=7)

    assert found == [(0, 80, "happy"), (160, 240, "happy")]


def test_the_absence_of_one_person_is_none_of_the_other(tmp_path: Path) -> None:
    """Each has episodes of their own."""
    rows = [*rows_of(1, "nnnn"), *rows_of(2, ".h.h")]

    assert spans(tmp_path, rows, 1, frames=4) == [(0, 160, "neutral")]
    assert spans(tmp_path, rows, 2, frames=4) == [(40, 80, "happy"), (120, 160, "happy")]


def test_frames_of_different_length_keep_theirs(tmp_path: Path) -> None:
    """A frame of 700 ms is no absence if the next frame has the next number."""
    rows: list[Row] = [(0, 0.0, 1, "sad"), (1, 33.0, 1, "sad"), (2, 733.0, 1, "sad"), (3, 766.0, 1, "happy")]

    assert spans(tmp_path, rows, frames=4, duration_s=0.8) == [(0, 766, "sad"), (766, 800, "happy")]


def test_the_last_frame_ends_with_the_recording(tmp_path: Path) -> None:
    """Also if it is longer than the others, as in a GIF."""
    rows: list[Row] = [(0, 0.0, 1, "sad"), (1, 80.0, 1, "sad"), (2, 160.0, 1, "sad")]

    assert spans(tmp_path, rows, frames=3, duration_s=0.26) == [(0, 260, "sad")]


def test_a_number_that_looks_like_the_last_is_not_the_last(tmp_path: Path) -> None:
    """Of a part of a recording, frames are not numbered from 0."""
    assert spans(tmp_path, rows_of(1, "hhhhh", 95), frames=100, duration_s=7.8) == [(3800, 4000, "happy")]


def test_dropped_frames_are_no_absence(tmp_path: Path) -> None:
    """A live camera may lose every second frame; a second without a face is an absence all the same."""
    rows = [row for i in range(0, 20, 2) for row in rows_of(1, "n", i)] + rows_of(1, "n", 60)

    found = spans(tmp_path, rows, frames=61, frames_out=31, fps=12.5, duration_s=2.44)

    assert [label for *_, label in found] == ["neutral", "neutral"]
    assert found[0][:2] == (0, 800) and found[1] == (2400, 2440, "neutral")


def test_a_table_of_every_frame_counts_as_its_summary(tmp_path: Path) -> None:
    """Where each frame has a row, those in between were dropped: a frame counts until the next, at most a second."""
    rows = [row for i in (0, 1, 6, 7, 60) for row in rows_of(1, "n", i)]

    found = spans(tmp_path, rows, frames=61, frames_out=5, duration_s=2.44)

    assert found == [(0, 1280, "neutral"), (2400, 2440, "neutral")]


def test_frames_that_a_camera_dropped_are_no_absence(tmp_path: Path) -> None:
    """They are not among the frames that it sent: only the numbers show them."""
    rows = rows_of(1, "nnn.nn.nnn")

    found = spans(tmp_path, rows, frames=8, lossless=False, duration_s=0.4)

    assert found == [(0, 400, "neutral")]


def test_a_recording_that_starts_late_has_late_episodes(tmp_path: Path) -> None:
    """Times count from the container's start."""
    assert spans(tmp_path, rows_of(1, "h"), frames=1, first_pts_ms=2000.0) == [(2000, 2040, "happy")]


def test_two_rows_of_a_person_in_one_frame_do_not_overlap(tmp_path: Path) -> None:
    """The first counts, so that no frame is counted twice."""
    assert spans(tmp_path, [*rows_of(1, "h"), *rows_of(1, "s")], frames=1) == [(0, 40, "happy")]


def test_nobody_has_no_episodes(tmp_path: Path) -> None:
    """Neither a person without rows."""
    assert spans(tmp_path, [], frames=3) == [] and spans(tmp_path, rows_of(1, "h"), 7, frames=3) == []


@pytest.mark.parametrize("frame_ms", [40.0, 1001 / 30, 8000.0])
def test_the_summary_agrees(tmp_path: Path, frame_ms: float) -> None:
    """People who come and go, with frames of one length and one that is five times as long."""
    labels: tuple[dict[int, Label], ...] = ({1: "happy"}, {1: "sad", 2: "happy"}, {}, {2: "happy"}, {1: "sad"}, {})
    pts_ms = [2000 + i * frame_ms + (4 * frame_ms if i > 6 else 0) for i in range(20)]
    table = Table(path=f"{tmp_path}/{{camera}}")
    for seq, at in enumerate(pts_ms):
        faces = tuple(replace(face(track, "happy"), label=label) for track, label in labels[seq % 6].items())
        values = {"camera": "a", "seq": seq, "lossless": True, "fps": 25.0, "width": 320, "height": 240}
        list(table.process([Frame(pts_ns=round(at * 1e6), faces=faces, **values)]))
    list(table.process([Frame(camera="a", seq=len(pts_ms), state="ended", lossless=True)]))
    results = read_results(tmp_path / "a")

    seconds = {label: value for label, value in durations_s(results).items() if value}
    assert seconds == pytest.approx(results.summary.seconds, abs=frame_ms / 1e3 + 0.01)


def test_a_camera_that_was_away_shows_nothing_meanwhile(tmp_path: Path) -> None:
    """Its numbers continue after an hour; its last frame before counts for a second, as in the summary."""
    table = Table(path=f"{tmp_path}/{{camera}}")
    values = {"camera": "a", "lossless": False, "fps": 25.0, "width": 320, "height": 240}
    for seq, at in enumerate([0, 40, 80, 3_600_000, 3_600_040]):
        list(table.process([Frame(seq=seq, pts_ns=at * 1_000_000, faces=(face(1 + seq // 3, "happy"),), **values)]))
    list(table.process([Frame(camera="a", seq=5, state="ended")]))
    results = read_results(tmp_path / "a")

    # the summary takes the mean distance of frames, at most a second, for the length of the last one
    assert durations_s(results)["happy"] == pytest.approx(results.summary.seconds["happy"], abs=1)
    assert durations_s(results)["happy"] == pytest.approx(1.16)


def test_episodes_last_as_long_as_their_frames(tmp_path: Path) -> None:
    """Over all people, seconds per label are those of the frames."""
    rows = [*rows_of(1, "nnhh..uu"), *rows_of(2, ".ss.shhh")]
    results = read_results(write_results(tmp_path / "one", rows, frames=8))
    seconds: dict[str, float] = {}
    for track in results.people:
        for one in episodes(results, track):
            assert one.track == track
            seconds[one.label] = seconds.get(one.label, 0.0) + (one.end_ms - one.start_ms) / 1e3

    assert seconds == pytest.approx({k: v for k, v in durations_s(results).items() if v})
    assert seconds == pytest.approx({"neutral": 0.08, "happy": 0.2, "uncertain": 0.08, "sad": 0.12})
