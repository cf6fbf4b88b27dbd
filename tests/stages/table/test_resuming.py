"""A recording that a kill has interrupted continues behind its last frame, with the same people."""

import shutil
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from pipeline.batch.journal import EVERY, JOURNAL, WARM_UP_S, JournalReader, JournalWriter, last_position_s
from pipeline.messages import Box, Face, Frame
from stages.table import Table

pytestmark = pytest.mark.slow

FPS = 10
COUNT = 200
FUSED = (0.1, 0.0, 0.0, 0.7, 0.1, 0.0, 0.1)


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the timeline empty: a picture takes a quarter of a second."""
    monkeypatch.setattr("stages.table.people.draw_timeline", lambda *args: args[3].touch())


def face(track: int, n: int, place: int) -> Face:
    """Return a face that moves."""
    box = Box(x=100.25 * place + n % 7, y=2, width=60, height=60)
    label = "happy" if n % 30 < 20 else "sad"
    return Face(track=track, box=box, score=0.9, crop=0, size=70, raw=FUSED, fused=FUSED, label=label, confidence=0.7)


def recording(first: int = 0, people: dict[int, int] | None = None, run: int = 1) -> list[Frame]:
    """Return the frames of a recording of two people, a third one later, from a frame on.

    Args:
        first: Number of the first frame.
        people: Track number by place; None if they are the same.
        run: Start of the source.
    """
    numbers = people or {0: 1, 1: 2, 2: 3}
    start = {"camera": "talk", "run": run, "counted_ns": run, "fps": float(FPS), "lossless": True}
    frames = []
    for n in range(first, COUNT):
        present = [0, 1] if n < 150 else [0, 1, 2]
        faces = tuple(face(numbers[place], n, place) for place in present if not (place == 1 and 60 <= n < 75))
        frames.append(Frame(**start, seq=n, pts_ns=n * 10**8, width=640, height=480, faces=faces))  # type: ignore[arg-type]
    return frames


def ended(count: int, run: int = 1) -> Frame:
    """Return the end of a run of this number of frames."""
    return Frame(camera="talk", run=run, seq=count, state="ended", lossless=True)


def process(folder: Path, frames: list[Frame], **options: bool) -> Path:
    """Let a table see frames; return the folder of its files."""
    with closing(Table(path=f"{folder}/{{camera}}", **options)) as table:  # type: ignore[arg-type]
        for frame in frames:
            list(table.process([frame]))
    return folder / "talk"


def facts(folder: Path) -> tuple[bytes, bytes, dict[str, object]]:
    """Return the tables, and the summary without where it went on."""
    summary = msgspec.json.decode((folder / "summary.json").read_bytes())
    del summary["resumed_s"]
    return (folder / "faces.csv").read_bytes(), (folder / "faces.parquet").read_bytes(), summary


@pytest.mark.parametrize("every_frame", [False, True])
@pytest.mark.parametrize("last", [70, 100, 149, 160, COUNT - 1])
def test_a_recording_that_continues_has_the_results_of_one_that_was_not_interrupted(
    tmp_path: Path, last: int, every_frame: bool
) -> None:
    """The second run has its own numbers of people, and the frames of the last seconds again."""
    whole = process(tmp_path / "whole", [*recording(), ended(COUNT)], every_frame=every_frame)
    process(tmp_path / "part", recording()[: last + 1], every_frame=every_frame, journal=True)
    position_s = last_position_s(tmp_path / "part/talk")
    assert position_s == last / FPS

    first = round((position_s - WARM_UP_S) * FPS)
    again = recording(first, {0: 2, 1: 1, 2: 7}, run=2)
    part = process(tmp_path / "part", [*again, ended(COUNT - first, run=2)], every_frame=every_frame, journal=True)

    assert facts(part) == facts(whole)
    assert msgspec.json.decode((part / "summary.json").read_bytes())["resumed_s"] == [position_s]
    assert not (part / JOURNAL).exists()


def test_a_recording_may_be_interrupted_many_times(tmp_path: Path) -> None:
    """Also while it continues; the journal grows."""
    whole = process(tmp_path / "whole", [*recording(), ended(COUNT)])
    first = 0
    for run, last in enumerate((60, 90, 100, 170), 1):
        frames = [f for f in recording(first, {0: run, 1: run + 1, 2: run + 2}, run=run) if f.seq <= last]
        part = process(tmp_path / "part", frames, journal=True)
        first = last - round(WARM_UP_S * FPS)
    part = process(tmp_path / "part", [*recording(first, run=9), ended(COUNT - first, run=9)], journal=True)

    assert facts(part) == facts(whole)
    assert msgspec.json.decode((part / "summary.json").read_bytes())["resumed_s"] == [6.0, 9.0, 10.0, 17.0]


def test_a_kill_costs_a_second_of_the_journal(tmp_path: Path) -> None:
    """What is in memory is lost; half a frame at the end is ignored."""
    table = Table(path=f"{tmp_path}/{{camera}}", journal=True)
    for frame in recording()[: 3 * EVERY + 3]:
        list(table.process([frame]))
    path = tmp_path / JOURNAL
    shutil.copy(tmp_path / "talk" / JOURNAL, path)
    table.close()
    assert last_position_s(path.parent) == (3 * EVERY - 1) / FPS

    for cut in (1, 5, 100):
        path.write_bytes(path.read_bytes()[:-cut])
        reader = JournalReader(path)
        assert len(list(reader)) < 3 * EVERY
        with closing(JournalWriter(path, reader.end)):
            pass
        assert path.stat().st_size == reader.end


def test_a_frame_that_never_came_is_no_success(tmp_path: Path) -> None:
    """The second run must begin within the first."""
    process(tmp_path, recording()[:100], journal=True)
    part = process(tmp_path, [*recording(120, run=2), ended(COUNT - 120, run=2)], journal=True)
    summary = msgspec.json.decode((part / "summary.json").read_bytes())

    assert (summary["status"], summary["frames_in"], summary["frames_out"]) == ("failed", COUNT, COUNT - 20)


def test_who_is_somewhere_else_is_somebody_else(tmp_path: Path) -> None:
    """A person whose place fits nobody has a new number."""
    process(tmp_path, recording()[:100], journal=True)
    moved = [
        replace(frame, faces=(face(1, frame.seq, 4), *frame.faces[1:]))
        for frame in recording(60, {0: 1, 1: 2, 2: 3}, run=2)
        if frame.seq < 140
    ]
    part = process(tmp_path, [*moved, ended(80, run=2)], journal=True)
    summary = msgspec.json.decode((part / "summary.json").read_bytes())

    assert [one["track"] for one in summary["tracks"]] == [1, 2, 2, 3]


def test_a_live_camera_has_no_journal(tmp_path: Path) -> None:
    """Its table is finished when it ends."""
    frames = [replace(frame, lossless=False) for frame in recording()[:20]]
    folder = process(tmp_path, frames, journal=True)

    assert (folder / "summary.json").exists() and not (folder / JOURNAL).exists()
