"""The chain divides its time, keeps what is done through a kill, and refuses to continue as another one."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.training.small import splits
from training.chain import chain
from training.chain.chain import Chain, ChainError, Plan
from training.chain.jobs import Job, JobError, run_jobs
from training.chain.results import copy_in_parts
from training.data.packed import write

PLAN = Plan(
    minutes=10.0,
    teachers=("tiny:1", "tiny:2"),
    students=("tiny:11",),
    views=2,
    augmented_as="tiny",
    engine="keras",
)


class Programs:
    """Stands in for the programs: each writes its result, except those that are to fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.started: list[str] = []
        self.minutes: dict[str, float] = {}
        self.failing: set[str] = set()
        self.die_at = ""
        monkeypatch.setattr(chain, "run_jobs", self)
        monkeypatch.setattr(chain, "collect", lambda folder, networks, bank: folder)

    def __call__(self, jobs: Sequence[Job], logs: Path, note: Callable[[], None]) -> Iterator[str]:
        """Do as `run_jobs`."""
        for job in jobs:
            if job.title == self.die_at:
                raise KeyboardInterrupt
            self.started.append(job.title)
            if "--minutes" in job.arguments:
                self.minutes[job.title] = float(job.arguments[job.arguments.index("--minutes") + 1])
            if job.title not in self.failing:
                job.result.parent.mkdir(parents=True, exist_ok=True)
                job.result.write_bytes(b"done")
                yield job.title


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(monkeypatch)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write(splits(), tmp_path / "data.packed")
    return tmp_path / "data.packed"


def test_teachers_then_their_bank_then_students(programs: Programs, data: Path, tmp_path: Path) -> None:
    """Students get what is left of the time; one failed teacher does not end the chain."""
    programs.failing = {"teacher-tiny-2"}
    results = Chain(tmp_path / "out", PLAN).run(data)

    assert programs.started == ["teacher-tiny-1", "teacher-tiny-2", "bank", "student-tiny-11"]
    assert programs.minutes["teacher-tiny-1"] == pytest.approx(5.5)
    assert programs.minutes["student-tiny-11"] == pytest.approx(9.8, abs=0.5)
    assert results == tmp_path / "out" / "results"


@pytest.mark.parametrize("stage", ["teacher-tiny-2", "bank", "student-tiny-11"])
def test_what_is_done_is_not_done_again(programs: Programs, data: Path, tmp_path: Path, stage: str) -> None:
    """After an end at any stage the same command does the rest."""
    programs.die_at = stage
    with pytest.raises(KeyboardInterrupt):
        Chain(tmp_path / "out", PLAN).run(data)
    programs.die_at = ""
    Chain(tmp_path / "out", PLAN).run(data)

    assert programs.started == ["teacher-tiny-1", "teacher-tiny-2", "bank", "student-tiny-11"]


def test_the_time_of_earlier_processes_counts(programs: Programs, data: Path, tmp_path: Path) -> None:
    """Students never get a negative time, however late it is."""
    programs.die_at = "student-tiny-11"
    with pytest.raises(KeyboardInterrupt):
        Chain(tmp_path / "out", PLAN).run(data)
    state = tmp_path / "out" / "chain.json"
    state.write_text(json.dumps(json.loads(state.read_text()) | {"spent_s": 900.0, "student_minutes": 0.0}))
    programs.die_at = ""
    Chain(tmp_path / "out", PLAN).run(data)

    assert programs.minutes["student-tiny-11"] == pytest.approx(0.1)
    assert json.loads(state.read_text())["spent_s"] >= 900


def test_another_chain_in_the_folder_is_refused(programs: Programs, data: Path, tmp_path: Path) -> None:
    """As is a damaged state, an unknown recipe and a missing seed; without a teacher there is nothing to learn from."""
    Chain(tmp_path / "out", PLAN).run(data)
    with pytest.raises(ChainError, match="expected the options of the chain in"):
        Chain(tmp_path / "out", replace(PLAN, views=3))
    (tmp_path / "out" / "chain.json").write_text("{")
    with pytest.raises(ChainError, match="expected the state of a chain, found"):
        Chain(tmp_path / "out", PLAN)
    with pytest.raises(ChainError, match="expected RECIPE:SEED, such as chain_fast:1, found 'tiny'"):
        Chain(tmp_path / "new", replace(PLAN, students=("tiny",)))
    with pytest.raises(FileNotFoundError, match="expected a recipe"):
        Chain(tmp_path / "new", replace(PLAN, teachers=("huge:1",)))
    programs.failing = {"teacher-tiny-1", "teacher-tiny-2"}
    with pytest.raises(JobError, match="expected one of teacher-tiny-1, teacher-tiny-2 to end well, found none"):
        Chain(tmp_path / "new", PLAN).run(data)


@pytest.mark.process
def test_a_program_that_fails_is_started_once_more(tmp_path: Path) -> None:
    """With `--resume` if it has a checkpoint."""
    code = (
        "import sys, pathlib; p = pathlib.Path(sys.argv[1]); ok = '--resume' in sys.argv; p.touch(); sys.exit(not ok)"
    )
    well = Job("well", ["-c", code, str(tmp_path / "a")], tmp_path / "a", tmp_path / "a")
    never = Job("never", ["-c", "print('no'); raise SystemExit(3)"], tmp_path / "b")

    assert list(run_jobs([well, never], tmp_path / "logs", lambda: None)) == ["well"]
    assert (tmp_path / "logs" / "never.log").read_text() == "no\nno\n"


@pytest.mark.process
def test_programs_end_with_a_killed_chain(tmp_path: Path) -> None:
    """Else a continued chain would write to the same files as the trainings of the killed one."""
    child = "import os, sys, time; print(os.getpid(), flush=True); time.sleep(60)"
    parent = f"""
from pathlib import Path
from training.chain.jobs import Job, run_jobs
list(run_jobs([Job("child", ["-c", {child!r}], Path("none"))], Path({str(tmp_path)!r}), lambda: None))
"""
    with subprocess.Popen([sys.executable, "-c", parent], cwd=Path(__file__).parents[2]) as process:
        log = tmp_path / "child.log"
        until(lambda: log.exists() and log.read_text().endswith("\n"))
        process.kill()
    pid = int(log.read_text())

    until(lambda: not Path(f"/proc/{pid}").exists() or b"Z" in Path(f"/proc/{pid}/stat").read_bytes())


def until(condition: Callable[[], bool], limit_s: float = 30.0) -> None:
    """Wait for a condition."""
    end_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.01)


def test_large_files_are_carried_in_parts(tmp_path: Path) -> None:
    """Joined, they are the file; small ones are copied whole."""
    content = os.urandom(2500)
    (tmp_path / "bank.npz").write_bytes(content)
    for folder, most in (("parts", 1000), ("whole", 2500)):
        (tmp_path / folder).mkdir()
        copy_in_parts(tmp_path / "bank.npz", tmp_path / folder, most)

    parts = sorted((tmp_path / "parts").iterdir())
    assert [part.name for part in parts] == [f"bank.npz.part-{i:02}" for i in range(3)]
    assert b"".join(part.read_bytes() for part in parts) == content
    assert (tmp_path / "whole" / "bank.npz").read_bytes() == content
