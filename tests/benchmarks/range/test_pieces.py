"""An interrupted measurement continues where it was, and only with the same question."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.range.pieces import Pieces
from pipeline.errors import ConfigError


class Study:
    """Three pieces, one of which may fail."""

    def __init__(self, fails: str = "") -> None:
        self.measured: list[str] = []
        self._fails = fails

    def names(self) -> Sequence[str]:
        """Return names that are no names of files."""
        return ["a, 0%", "b/c", "d"]

    def measure(self, name: str) -> Any:
        """Return a result that JSON can hold."""
        if name == self._fails:
            raise KeyboardInterrupt
        self.measured.append(name)
        return {"name": name, "n": [1, 2.5, None]}


def test_what_was_measured_is_kept(tmp_path: Path) -> None:
    """An interruption loses one piece; the next run measures the rest, the one after nothing."""
    folder = tmp_path / "kept"
    first, second, third = Study(fails="b/c"), Study(), Study()
    with pytest.raises(KeyboardInterrupt):
        Pieces(folder, {"seed": 1}).get_all(first, 1, Study)
    found = Pieces(folder, {"seed": 1}).get_all(second, 1, Study)

    assert (first.measured, second.measured) == (["a, 0%"], ["b/c", "d"])
    assert found == {name: {"name": name, "n": [1, 2.5, None]} for name in second.names()}
    assert Pieces(folder, {"seed": 1}).get_all(third, 1, Study) == found
    assert third.measured == []


def test_pieces_of_other_measurements_are_refused(tmp_path: Path) -> None:
    """With what differs, and where that is written."""
    Pieces(tmp_path, {"seed": 1, "faces": "a"})
    with pytest.raises(ConfigError, match=r"expected seed = 2, found seed = 1, in .*of\.json"):
        Pieces(tmp_path, {"seed": 2, "faces": "a"})


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece is measured once."""
    monkeypatch.chdir(tmp_path)
    study, pieces = Study(), Pieces(None, {})
    assert pieces.get_all(study, 1, Study) == pieces.get_all(study, 1, Study)
    assert study.measured == list(study.names())
    assert list(tmp_path.iterdir()) == []


def test_other_processes_measure_the_same(tmp_path: Path) -> None:
    """In the order of the names."""
    found = Pieces(tmp_path, {}).get_all(Study(), 2, Study)

    assert list(found) == list(Study().names())
    assert found == Pieces(None, {}).get_all(Study(), 1, Study)
