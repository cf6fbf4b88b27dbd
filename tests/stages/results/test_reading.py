"""Reading finished results."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.batch.results import COLUMNS, OLD_COLUMNS, TABLE
from pipeline.errors import InputError
from stages.results.reading import durations_s, find_results, read_results
from tests.stages.report.recordings import write_table
from tests.stages.results.tables import rows_of, write_results


def test_what_the_output_wrote_is_read(tmp_path: Path) -> None:
    """Arrays have a row per face, frames their start and end."""
    results = read_results(write_table(tmp_path, "talk", people=2))

    assert results.track[:4].tolist() == [1, 2, 1, 2] and results.people == [1, 2]
    assert results.frame[-1] == 39 and results.pts_ms[-1] == 3900.0 and results.end_ms == 4000.0
    assert results.label[0] == "neutral" and results.confidence[-1] == 0.88
    assert results.probabilities.shape == (80, 7) and results.probabilities[-1, 3] == 0.88
    assert results.box[1].tolist() == [140.0, 40.0, 40.0, 40.0]
    assert set(results.extra) == {"score", *COLUMNS[len(OLD_COLUMNS) :]} and results.extra["frame_width"][0] == 320
    assert set(results.extra["seen"]) == {"detected"}
    assert results.frame_pts_ms.tolist() == [100.0 * i for i in range(40)]
    assert results.frame_end_ms.tolist() == [100.0 * i for i in range(1, 41)]
    assert durations_s(results)["happy"] == pytest.approx(4.0)


def test_old_tables_and_new_ones_are_read(tmp_path: Path) -> None:
    """Fewer columns, columns of other programs, another order, and frames without a face."""
    old = read_results(write_results(tmp_path / "old", rows_of(1, "hh"), frames=2, columns=OLD_COLUMNS))
    new = read_results(
        write_results(
            tmp_path / "new",
            [(0, 0.0, "", ""), *rows_of(1, "h", 1), (2, 80.0, "", "")],
            frames=3,
            columns=(*COLUMNS[::-1], "condition"),
        )
    )

    assert old.track.tolist() == [1, 1] and set(old.extra) == {"score"}
    assert new.pts_ms.tolist() == [40.0] and new.extra["condition"].tolist() == [""]
    assert new.frame_pts_ms.tolist() == [0.0, 40.0, 80.0] and new.end_ms == 120.0


def test_a_face_without_a_classification_has_no_probabilities(tmp_path: Path) -> None:
    """Empty cells are NaN."""
    folder = write_results(tmp_path / "one", rows_of(1, "u"), frames=1)
    text = (folder / TABLE).read_text().replace("0.0500,0.0500,0.0500,0.0500,0.0500,0.0500,0.7000", ",,,,,,")
    (folder / TABLE).write_text(text)

    assert np.isnan(read_results(folder).probabilities).all()


def test_a_recording_without_faces_ends_where_it_ended(tmp_path: Path) -> None:
    """Its end is in the summary; one that starts late ends late."""
    results = read_results(write_results(tmp_path / "empty", [], frames=100, first_pts_ms=2000.0))

    assert results.people == [] and results.frame_pts_ms.size == 0 and results.end_ms == 6000.0


def test_the_source_is_known_from_a_batch(tmp_path: Path) -> None:
    """A camera's table has none."""
    batch = write_results(tmp_path / "a", [], frames=1, source=Path("/films/a.mp4"))
    camera = write_results(tmp_path / "b", [], frames=1)

    assert read_results(batch).source == Path("/films/a.mp4") and read_results(camera).source is None


def test_folders_are_found_once(tmp_path: Path) -> None:
    """Given themselves, or by the folder of their batch, whose hidden folders are not results."""
    for name in ("b", "a", ".partial"):
        write_results(tmp_path / name, [], frames=1)

    assert find_results([tmp_path / "b", tmp_path]) == [tmp_path / "b", tmp_path / "a"]


@pytest.mark.parametrize("path", ["absent", "empty", "file"])
def test_a_path_without_results_is_refused(tmp_path: Path, path: str) -> None:
    """It is named."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match=f"expected faces.csv and summary.json in .*{path}"):
        find_results([tmp_path / path])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("happy,0.7000", "happy,", "confidence, found nan, in line 2"),
        ("0,0.000,1", "0,,1", "pts_ms, found nan, in line 2"),
        ("0,0.000,1", "0,inf,1", "pts_ms, found inf, in line 2"),
        ("0,0.000,1", ",0.000,1", "frame, found nan, in line 2"),
        ("10.0,20.0", "10.0,", "y, found nan, in line 2"),
        ("0,0.000,1", "0,0.000,1e300", r"track, found 1e\+300, in line 2"),
        ("0,0.000,1", "0,0.000,1.5", "track, found 1.5, in line 2"),
        ("0,0.000,1", "-1,0.000,1", "frame, found -1, in line 2"),
        ("happy,0.7000", "joy,0.7000", "found 'joy'"),
        ("happy,0.7000", "happy,much", "table of faces"),
        ("happy,0.7000", "happy," + "9" * 9000 + "x", r"table of faces.*\.\.\."),
        ("pts_ms", "time", "none named pts_ms"),
        ("frame_width", "label", "label twice"),
    ],
)
def test_damaged_tables_are_refused_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The error names the file and what is wrong in it."""
    folder = write_results(tmp_path / "one", rows_of(1, "h"), frames=1)
    text = (folder / TABLE).read_text()
    assert old in text
    (folder / TABLE).write_text(text.replace(old, new, 1))

    with pytest.raises(InputError, match=said) as caught:
        read_results(folder)
    assert str(folder / TABLE) in str(caught.value) and "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
