"""The history forgets what is old, keeps within its size, and tells what was shown for how long."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.messages import EMOTIONS, Box, Face
from stages.results.reading import read_results
from stages.web.live.samples import (
    LABELS,
    Band,
    History,
    find_bands,
    label_seconds,
    person_key,
    samples_of,
    since_of,
    track_of,
    write_csv,
)
from tests.stages.results.tables import rows_of, write_results


def make_face(track: int = 1, label: str = "happy", strongest: int = 3) -> Face:
    fused = tuple(0.7 if i == strongest else 0.05 for i in range(7))
    box = Box(x=0, y=0, width=9, height=9)
    return Face(track=track, box=box, score=1.0, fused=fused, label=label, confidence=0.7)  # type: ignore[arg-type]


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.tuples(st.floats(0, 2), st.integers(0, 5)), max_size=400), st.integers(1, 60))
def test_it_keeps_the_newest_that_fit(steps: list[tuple[float, int]], most_rows: int) -> None:
    """What is kept is the end of all that was added, no older than asked for and no more than allowed."""
    history, added, time_s = History(10.0, most_rows), [], 0.0
    for step, faces in steps:
        time_s += step
        history.add(time_s, 1, [make_face(track) for track in range(1, faces + 1)])
        added += [(time_s, track) for track in range(1, faces + 1)]
    expected = [(at, track) for at, track in added if at >= time_s - 10.0][-most_rows:]

    found = history.select()
    assert [(row["time_s"], track_of(int(row["person"]))) for row in found] == expected


def test_a_time_can_be_selected() -> None:
    """Both ends belong to it, and what is returned does not change when more is added."""
    history = History(100.0, 1000)
    for second in range(20):
        history.add(float(second), 1, [make_face()])
    found = history.select(5.0, 8.0)
    history.add(99.0, 1, [make_face()])

    assert found["time_s"].tolist() == [5, 6, 7, 8]


@given(st.integers(0, 2**33 - 1), st.integers(0, 2**30 - 1))
def test_people_of_different_starts_are_different(since_s: int, track: int) -> None:
    """A tracker that counts from 1 again starts another person; what they are called and since when can be read."""
    person = person_key(since_s, track)

    assert (since_of(person), track_of(person)) == (since_s, track)
    assert -(2**63) <= person < 2**63


def test_bands_end_with_the_label_and_where_somebody_was_away() -> None:
    """A sample stands until the person's next one; after more than a second away a new band begins."""
    history = History(100.0, 1000)
    for step in range(10):
        history.add(step * 0.2, 1, [make_face(label="happy" if step < 5 else "sad")])
    history.add(10.0, 1, [make_face(label="sad")])
    bands = find_bands(history.select())

    person = person_key(1, 1)
    assert [band.label for band in bands] == ["happy", "sad", "sad"]
    assert [(round(b.start_s, 3), round(b.end_s, 3)) for b in bands] == [(0, 1), (1, 2), (10, 10.2)]
    assert {band.person for band in bands} == {person}


def test_seconds_are_cut_to_the_time_asked_for() -> None:
    """Only the part of a band within the time counts."""
    bands = [Band(1, 0.0, 4.0, "happy"), Band(1, 4.0, 6.0, "sad"), Band(2, 5.0, 9.0, "fear")]

    assert label_seconds(bands, 3.0, 5.5) == {1: {"happy": 1.0, "sad": 1.5}, 2: {"fear": 0.5}}


def test_nobody_gives_nothing() -> None:
    """An empty history has no bands and no people."""
    assert find_bands(History(10.0, 10).select()) == []


def test_the_csv_holds_every_sample() -> None:
    """One row for each, the probabilities empty where there are none."""
    history = History(100.0, 1000)
    box = Box(x=0, y=0, width=9, height=9)
    history.add(1.0, 1, [make_face(3, "happy"), Face(track=4, box=box, score=1.0)])
    file = io.StringIO()
    write_csv(history.select(), file)

    head, *rows = file.getvalue().splitlines()
    assert head == "time_s,track," + ",".join(EMOTIONS) + ",label,confidence,since_s"
    assert rows == [
        "1.000,3,0.0500,0.0500,0.0500,0.7000,0.0500,0.0500,0.0500,happy,0.7000,1",
        "1.000,4,,,,,,,,uncertain,0.0000,1",
    ]


def test_a_recording_is_read(tmp_path: Path) -> None:
    """Times become seconds, people are those of `persons.csv`; one who is left out is not shown."""
    rows = [*rows_of(2, "hu", 5), *rows_of(3, "nn", 8), *rows_of(4, "nn")]
    folder = write_results(tmp_path / "one", rows, frames=10)
    (folder / "persons.csv").write_text("track,person\n2,Ann\n3,Ann\n4,-\n")
    found = samples_of(read_results(folder))

    assert found["time_s"].tolist() == [0.2, 0.24, 0.32, 0.36]
    assert found["person"].tolist() == [2, 2, 2, 2]
    assert [LABELS[code] for code in found["label"]] == ["happy", "uncertain", "neutral", "neutral"]
    assert found["probabilities"][0].tolist() == pytest.approx([0.05, 0.05, 0.05, 0.7, 0.05, 0.05, 0.05])


def test_results_become_samples(tmp_path: Path) -> None:
    """Times count from the container's start; before the first classification there are no probabilities."""
    folder = write_results(tmp_path / "a", [*rows_of(2, "u"), *rows_of(2, "h", 1)], frames=2, first_pts_ms=500.0)
    file = folder / "faces.csv"
    file.write_text(file.read_text().replace("0.0500,0.0500,0.0500,0.0500,0.0500,0.0500,0.7000", ",,,,,,"))
    found = samples_of(read_results(folder))

    assert found["time_s"].tolist() == [0.5, 0.54]
    assert [track_of(int(person)) for person in found["person"]] == [2, 2]
    assert [LABELS[code] for code in found["label"]] == ["uncertain", "happy"]
    assert np.isnan(found["probabilities"][0]).all() and found["probabilities"][1, 3] == np.float32(0.7)
