"""The ledger of a batch."""

import os
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.ledger import Entry, Ledger, camera_names, find_inputs


def make_file(folder: Path, name: str) -> Path:
    """Make a small file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(name)
    return folder / name


def test_inputs_with_the_same_stem_get_folders_of_their_own(tmp_path: Path) -> None:
    """The first keeps the stem."""
    ledger = Ledger(tmp_path / "out")
    files = [make_file(tmp_path / "a", "x.mp4"), make_file(tmp_path / "b", "x.mp4"), make_file(tmp_path, "X.mkv")]

    assert [ledger.entry(file).directory for file in files] == ["x", "x-2", "X-3"]


def test_a_ledger_remembers_in_any_order(tmp_path: Path) -> None:
    """Given again the other way round, every input keeps its folder and its state."""
    files = [make_file(tmp_path / "a", "x.mp4"), make_file(tmp_path / "b", "x.mp4")]
    first = Ledger(tmp_path / "out")
    for file in files:
        first.entry(file).status = "done"
    first.save()
    again = Ledger(tmp_path / "out")

    assert [(e.directory, e.status) for e in map(again.entry, reversed(files))] == [("x-2", "done"), ("x", "done")]


def test_a_changed_input_is_new(tmp_path: Path) -> None:
    """It keeps its folder and is processed again."""
    file = make_file(tmp_path, "x.mp4")
    ledger = Ledger(tmp_path / "out")
    ledger.entry(file).status = "done"
    os.utime(file, (1, 1))

    assert (ledger.entry(file).status, ledger.entry(file).directory) == ("waiting", "x")


def test_a_folder_means_its_files(tmp_path: Path) -> None:
    """In order, each once, without hidden ones."""
    files = [make_file(tmp_path, name) for name in ("b.mp4", "a.mp4", ".hidden")]

    assert find_inputs([tmp_path, files[0]]) == [tmp_path / "a.mp4", tmp_path / "b.mp4"]


def test_camera_names_are_safe_and_unique() -> None:
    """Whatever the files are called."""
    stems = ["Entretien n°1", "Entretien n_1", "x" * 80, "x" * 81, "...", ""]
    names = camera_names(Entry(source=f"/{i}", directory=stem) for i, stem in enumerate(stems))

    assert len(names) == len(stems)
    assert list(names)[:2] == ["Entretien_n_1", "Entretien_n_1-2"]
    assert all(1 <= len(name) <= 40 for name in names)


def test_a_folder_with_another_batch_json_is_refused(tmp_path: Path) -> None:
    """Nothing is overwritten."""
    (tmp_path / "batch.json").write_text('{"jobs": [1]}')
    with pytest.raises(ConfigError, match="expected a folder for results"):
        Ledger(tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Paris.mp4", "Paris-2"), ("...mp4", "recording"), ("....mp4", "recording"), ("index.html.mp4", "index.html-2")],
)
def test_no_folder_is_taken_that_is_not_ours(tmp_path: Path, name: str, expected: str) -> None:
    """Results replace what has their name, which must be neither somebody's photographs nor the folder above."""
    (tmp_path / "Paris").mkdir()

    assert Ledger(tmp_path).entry(make_file(tmp_path / "in", name)).directory == expected
