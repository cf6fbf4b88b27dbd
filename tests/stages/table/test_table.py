"""The files that a stream leaves."""

import csv
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from models.display.person_timeline import PersonTimeline
from models.display.timeline import MOST_PEOPLE
from pipeline.batch.columns import COLUMNS
from pipeline.errors import ConfigError
from pipeline.messages import EMOTIONS, Box, Face, Frame
from stages.table import Table
from stages.table.people import FEW_SAMPLES

pytestmark = pytest.mark.slow

P = (0.1, 0.0, 0.0, 0.7, 0.1, 0.0, 0.1)
FILES = ["columns.json", "faces.csv", "faces.parquet", "summary.json", "timeline.png"]


def make_frame(n: int = 0, tracks: tuple[int, ...] = (1,), **changes: Any) -> Frame:
    """Return picture n of a recording of 10 Hz with a happy face for each track."""
    box = Box(x=1.25, y=2, width=30, height=40)
    faces = tuple(Face(track=t, box=box, score=0.9, raw=P, fused=P, label="happy", confidence=0.7) for t in tracks)
    values = {"camera": "talk", "run": 1, "seq": n, "pts_ns": n * 10**8, "fps": 10.0, "lossless": True}
    return Frame(**{**values, "width": 640, "height": 480, "faces": faces, "model": "fast-1", **changes})


def ended(count: int, **changes: Any) -> Frame:
    """Return the end of a recording of this number of frames."""
    return make_frame(count, (), state="ended", **changes)


def feed(table: Table, *frames: Frame) -> None:
    """Let a table see frames, one at a time."""
    for frame in frames:
        assert list(table.process([frame])) == []


def left(folder: Path) -> list[str]:
    """Return the names of all files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_recording_leaves_its_rows_and_a_summary(tmp_path: Path) -> None:
    """One row for each face and frame, in order; complete when the stream ends, not before."""
    with closing(Table(path=f"{tmp_path}/{{camera}}")) as table:
        feed(table, make_frame(0), make_frame(1, (1, 2)), make_frame(2, ()))
        assert left(tmp_path) == ["talk/faces.csv.partial", "talk/faces.parquet.partial"]
        feed(table, ended(3))

    assert left(tmp_path) == [f"talk/{name}" for name in FILES]
    with (tmp_path / "talk/faces.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == COLUMNS
    assert [row[:3] for row in rows] == [["0", "0.000", "1"], ["1", "100.000", "1"], ["1", "100.000", "2"]]
    assert rows[0][3:19] == [
        "1.2",
        "2.0",
        "30.0",
        "40.0",
        "0.900",
        *(f"{p:.4f}" for p in P),
        "happy",
        "0.7000",
        "640",
        "480",
    ]
    summary = json.loads((tmp_path / "talk/summary.json").read_text())
    assert (summary["status"], summary["frames_in"], summary["frames_out"], summary["faces"]) == ("done", 3, 3, 3)
    assert (summary["duration_s"], summary["fps"]) == (0.3, 10.0)
    assert (summary["first_pts_ms"], summary["started_at"]) == (0.0, None)
    assert [track["track"] for track in summary["tracks"]] == [1, 2]
    assert summary["seconds"] == {"happy": 0.3}
    assert [track["seconds"] for track in summary["tracks"]] == [{"happy": 0.2}, {"happy": 0.1}]


def test_time_counts_from_the_containers_start(tmp_path: Path) -> None:
    """A video that begins 2 s after its sound is no longer and no slower for that."""
    with closing(Table(path=f"{tmp_path}/{{camera}}")) as table:
        for seq in range(3):
            feed(table, make_frame(seq, pts_ns=2_000_000_000 + seq * 100_000_000, started_ns=5 * 10**9))
        feed(table, ended(3))
    summary = json.loads((tmp_path / "talk/summary.json").read_text())

    assert (summary["first_pts_ms"], summary["started_at"]) == (2000.0, 5.0)
    assert (summary["duration_s"], summary["fps"]) == (0.3, 10.0)


def test_only_what_people_look_at_is_translated(tmp_path: Path) -> None:
    """The picture is in the language asked for; the table is the same, and so is the summary but for saying which."""
    summaries = []
    for language in ("en", "fr"):
        with closing(Table(path=f"{tmp_path}/{language}/{{camera}}", language=language)) as table:
            feed(table, make_frame(0), make_frame(1), ended(2))
        summaries.append(json.loads((tmp_path / language / "talk/summary.json").read_text()))
    english, french = (tmp_path / language / "talk" for language in ("en", "fr"))

    assert [summary.pop("language") for summary in summaries] == ["en", "fr"]
    assert summaries[0] == summaries[1]
    assert (english / "faces.csv").read_bytes() == (french / "faces.csv").read_bytes()
    assert (english / "timeline.png").read_bytes() != (french / "timeline.png").read_bytes()


def test_an_unclassified_face_has_empty_probabilities(tmp_path: Path) -> None:
    """Zeros would be a claim."""
    face = Face(track=1, box=Box(x=0, y=0, width=9, height=9), score=0.5)
    with closing(Table(path=f"{tmp_path}/{{camera}}")) as table:
        feed(table, make_frame(0, faces=(face,)), ended(1))
    with (tmp_path / "talk/faces.csv").open(newline="") as file:
        row = list(csv.DictReader(file))[0]

    assert [row[name] for name in EMOTIONS] == [""] * 7
    assert row["label"] == "uncertain"


def test_a_lost_frame_or_an_error_is_no_success(tmp_path: Path) -> None:
    """The summary gives the missing frames or the error."""
    with closing(Table(path=f"{tmp_path}/{{camera}}")) as table:
        feed(table, make_frame(0), ended(2))
        feed(table, make_frame(0, camera="b"), ended(1, camera="b", error="damaged"))
    talk, b = (json.loads((tmp_path / name / "summary.json").read_text()) for name in ("talk", "b"))

    assert (talk["status"], talk["frames_in"], talk["frames_out"]) == ("failed", 2, 1)
    assert (b["status"], b["error"]) == ("failed", "damaged")


def test_a_recording_cut_off_leaves_nothing(tmp_path: Path) -> None:
    """It is played again from its start; a live camera's table is kept, as nobody can play it again."""
    table = Table(path=f"{tmp_path}/{{camera}}")
    feed(table, make_frame(0), make_frame(0, camera="live", lossless=False))
    table.close()

    assert left(tmp_path) == [f"live/{name}" for name in FILES]


def test_a_recording_that_begins_again_has_each_row_once(tmp_path: Path) -> None:
    """The rows of its first process are discarded."""
    with closing(Table(path=f"{tmp_path}/{{camera}}")) as table:
        feed(table, make_frame(0), make_frame(1), make_frame(0, run=2), ended(1, run=2))

    assert (tmp_path / "talk/faces.csv").read_text().count("\n") == 2


def test_people_counted_anew_have_numbers_of_their_own(tmp_path: Path) -> None:
    """A live camera's table continues when the tracking stage has died; nobody in it is counted twice."""
    with closing(Table(path=f"{tmp_path}/{{camera}}")) as table:
        feed(table, *(make_frame(n, (1, 2), counted_ns=1, lossless=False) for n in range(3)))
        feed(table, *(make_frame(n, (1,), counted_ns=2, lossless=False) for n in range(3, 6)))
    with (tmp_path / "talk/faces.csv").open(newline="") as file:
        tracks = [row["track"] for row in csv.DictReader(file)]
    summary = json.loads((tmp_path / "talk/summary.json").read_text())

    assert tracks == ["1", "2"] * 3 + ["3"] * 3
    assert [(one["track"], one["first_s"], one["last_s"]) for one in summary["tracks"]] == [
        (1, 0.0, 0.2),
        (2, 0.0, 0.2),
        (3, 0.3, 0.5),
    ]


def test_memory_does_not_grow_with_the_people_who_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who may be drawn keep their samples, the others few."""
    drawn: list[PersonTimeline] = []
    monkeypatch.setattr(
        "stages.table.people.draw_timeline", lambda people, *args: drawn.extend(people) or args[2].touch()
    )
    with closing(Table(path=f"{tmp_path}/{{camera}}", parquet=False)) as table:
        for n in range(4000):
            # every ten seconds somebody else comes
            feed(table, make_frame(n, (1 + n // 100,) if n < 3000 or n % 100 < 80 else ()))
        feed(table, ended(4000))
    kept = {person.track: len(person.starts_s) for person in drawn}

    assert sum(person.count for person in drawn) == 3800
    assert sum(count > FEW_SAMPLES for count in kept.values()) <= 2 * MOST_PEOPLE
    assert all(0 < len(one.starts_s) == len(one.ends_s) == len(one.probabilities) for one in drawn)


def test_those_who_pass_within_seconds_cost_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands pass a camera in a day: of each but those who may be drawn, a fifth of four seconds is kept."""
    drawn: list[PersonTimeline] = []
    monkeypatch.setattr(
        "stages.table.people.draw_timeline", lambda people, *args: drawn.extend(people) or args[2].touch()
    )
    with closing(Table(path=f"{tmp_path}/{{camera}}", parquet=False)) as table:
        for person in range(60):
            feed(table, *(make_frame(100 * person + n, (1 + person,), lossless=False) for n in range(40)))
        feed(table, ended(6000, lossless=False))
    kept = sorted(len(person.starts_s) for person in drawn)

    assert [person.count for person in drawn] == [40] * 60
    assert max(kept[: -2 * MOST_PEOPLE]) <= 8


@pytest.mark.parametrize(("error", "media_s"), [(None, 12.5), ("it is cut off", None)])
def test_the_summary_has_the_length_of_the_media(tmp_path: Path, error: str | None, media_s: float | None) -> None:
    """As the container says, unless it was wrong; a part is shorter."""
    with closing(Table(path=f"{tmp_path}/{{camera}}", parquet=False)) as table:
        feed(table, make_frame(30, duration_ns=12_500_000_000), ended(1, error=error))
    summary = json.loads((tmp_path / "talk/summary.json").read_text())

    assert (summary["media_s"], summary["duration_s"]) == (media_s, 0.1)


@pytest.mark.parametrize(("media_ms", "end_s"), [(600, 0.6), (0, 0.75), (500, 0.75), (900, 0.75)])
def test_nothing_lasts_longer_than_the_media(tmp_path: Path, media_ms: int, end_s: float) -> None:
    """The last frame of three takes as long as the others on average, where the media do not end before."""
    frames = [make_frame(n, duration_ns=media_ms * 1_000_000) for n in (0, 1, 5)]
    with closing(Table(path=f"{tmp_path}/{{camera}}")) as table:
        feed(table, *frames, ended(3))

    summary = json.loads((tmp_path / "talk/summary.json").read_text())
    assert summary["duration_s"] == summary["seconds"]["happy"] == end_s


def test_a_timeline_has_every_absence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame without the person is a hole, also the last one; of a camera, a frame counts for a second at most."""
    drawn: list[PersonTimeline] = []
    monkeypatch.setattr(
        "stages.table.people.draw_timeline", lambda people, *args: drawn.extend(people) or args[2].touch()
    )
    for lossless in (True, False):
        with closing(Table(path=f"{tmp_path}/{{camera}}", parquet=False)) as table:
            frames = [make_frame(n, (1,) if n not in (2, 4) else (), lossless=lossless) for n in (0, 1, 2, 3, 4)]
            feed(table, *frames, make_frame(10, lossless=lossless), make_frame(40, (), lossless=lossless))
            feed(table, ended(41, lossless=lossless))

    assert [(round(start, 6), round(end, 6)) for _, start, end in drawn[0].runs] == [(0, 0.2), (0.3, 0.4), (1, 4)]
    assert [(round(start, 6), round(end, 6)) for _, start, end in drawn[1].runs] == [(0, 0.2), (0.3, 0.4), (1, 2)]


def test_a_run_that_is_killed_while_it_draws_keeps_its_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They and the summary are complete before; `emobot report` draws what is missing."""

    def kill(*_: object) -> None:
        raise SystemExit(9)

    monkeypatch.setattr("stages.table.people.draw_timeline", kill)
    table = Table(path=f"{tmp_path}/{{camera}}")
    feed(table, make_frame(0, lossless=False))
    with pytest.raises(SystemExit):
        table.close()

    assert left(tmp_path) == [f"talk/{name}" for name in FILES if name != "timeline.png"]


def test_a_folder_for_all_streams_is_refused() -> None:
    """Streams would overwrite each other."""
    with pytest.raises(ConfigError, match=r"\{camera\}"):
        Table(path="out/table")
