"""A chain trains teachers of each kind and their students, through a kill."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from models.cards import load_card
from tests.training.here import plan_of_kinds, run_here
from tests.training.small import few
from training.data.packed import write

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")]


@pytest.mark.process
def test_teachers_of_each_kind_teach_through_a_kill(tmp_path: Path, repository: Path) -> None:
    """A process killed in the last teacher; what it had done is not done again, and all results are there."""
    write(few(), tmp_path / "data.packed")
    killed = subprocess.run(
        [sys.executable, "-m", "tests.training.here", str(tmp_path)],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    started = run_here(tmp_path / "out", plan_of_kinds(tmp_path), tmp_path / "data.packed")
    results = tmp_path / "out" / "results"
    summary = {row["network"]: row for row in json.loads((results / "summary.json").read_text())}
    teachers = {name: load_card(results / name / f"{name.split('-')[1]}.keras") for name in summary if "teach" in name}
    student = load_card(results / "student-vgg-11" / "vgg.keras")

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert started == ["teacher-votes-2 resumed", "bank", "student-vgg-11"]
    assert list(teachers) == ["teacher-vgg-0", "teacher-enlarged-1", "teacher-votes-2"]
    assert {card.input_size for card in teachers.values()} == {48}
    assert student.teachers == tuple(card.identity for card in teachers.values())
    assert [row["epochs"] for row in summary.values()] == [1, 1, 1, 2]
    assert (results / "bank.npz").exists()
