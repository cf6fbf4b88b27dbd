"""The stages of a chain and its clock; killed at any time, it continues, and the time that is spent counts on."""

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from training.chain.jobs import Job, JobError, run_jobs
from training.chain.results import collect
from training.data.packed import SUFFIX, write
from training.data.reading import read
from training.recipe import load_recipe

TEACHING = 0.55
"""Share of the time after which teachers end."""
END = 0.02
"""Share of the time that is kept for the results."""
LEAST_MIN = 0.05
"""Minutes that a student gets at least, however late it is."""


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a chain does; it must stay the same when the chain continues.

    Attributes:
        minutes: Minutes for everything.
        teachers: Recipes and seeds, as `chain_accurate:3`; trained side by side.
        students: The same, for those that learn from the bank.
        views: Views of each face in the bank.
        augmented_as: Recipe whose augmentation the views have.
        engine: Engine for the teachers' opinions.
    """

    minutes: float
    teachers: tuple[str, ...]
    students: tuple[str, ...]
    views: int
    augmented_as: str
    engine: str


class Spent(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The state of a chain, in `chain.json`.

    Attributes:
        plan: What it does.
        spent_s: Seconds so far, of all processes.
        student_minutes: Minutes of the students; 0 before the bank is made.
        finished: Jobs that are done.
    """

    plan: Plan
    spent_s: float = 0.0
    student_minutes: float = 0.0
    finished: list[str] = []


class ChainError(ValueError):
    """The chain cannot begin or continue."""


class Chain:
    """One chain.

    Args:
        out: Its folder.
        plan: What it does.

    Raises:
        ChainError: The folder holds a chain of another plan.
    """

    def __init__(self, out: Path, plan: Plan) -> None:
        for name in (*plan.teachers, *plan.students):
            recipe_and_seed(name)
        out.mkdir(parents=True, exist_ok=True)
        self._out, self._file = out, out / "chain.json"
        self._state = Spent(plan=plan)
        if self._file.exists():
            try:
                self._state = msgspec.json.decode(self._file.read_bytes(), type=Spent)
            except msgspec.MsgspecError as error:
                raise ChainError(f"expected the state of a chain, found {error}, in {self._file}") from None
            if self._state.plan != plan:
                raise ChainError(f"expected the options of the chain in {out} ({self._state.plan}), found {plan}")
        self._before_s, self._since_s = self._state.spent_s, time.monotonic()

    def run(self, data: Path) -> Path:
        """Do everything that is not yet done; return the folder of the results.

        Raises:
            JobError: No teacher or no student came to its end.
        """
        plan, packed = self._state.plan, self._out / f"faces{SUFFIX}"
        if not packed.exists():
            write(read(data), packed)
        teach = [self._training("teacher", name, packed, plan.minutes * TEACHING) for name in plan.teachers]
        networks = [job.result for job in self._do(teach)]
        bank = self._out / "bank.npz"
        if not bank.exists():
            self._do([self._bank(bank, networks, packed)])
        if not self._state.student_minutes:
            left_s = plan.minutes * 60 * (1 - END) - self._spent_s()
            # the clock must never be behind: a schedule without time diverges
            self._state.student_minutes = max(LEAST_MIN, left_s / 60)
        more = ["--bank", str(bank)]
        students = self._do(
            [self._training("student", name, packed, self._state.student_minutes, more) for name in plan.students]
        )
        results = collect(
            self._out / "results", [job.result for job in (*students, *teach) if job.result.exists()], bank
        )
        self._note()
        return results

    def _training(self, kind: str, name: str, data: Path, minutes: float, more: Sequence[str] = ()) -> Job:
        recipe, seed = recipe_and_seed(name)
        title = f"{kind}-{Path(recipe).stem}-{seed}"
        folder = self._out / title
        arguments = ["-m", "training.cli", recipe, "--data", str(data), "--out", str(folder), "--seed", str(seed)]
        arguments += ["--minutes", f"{max(0.1, minutes):.4f}", *more]
        return Job(title, arguments, folder / f"{Path(recipe).stem}.keras", folder / "checkpoint.npz")

    def _bank(self, bank: Path, networks: Sequence[Path], data: Path) -> Job:
        plan = self._state.plan
        arguments = ["-m", "training.data.bank", str(bank), *map(str, networks), "--data", str(data), "--flip"]
        arguments += ["--views", str(plan.views), "--augmented-as", plan.augmented_as, "--engine", plan.engine]
        return Job("bank", arguments, bank)

    def _do(self, jobs: Sequence[Job]) -> list[Job]:
        """Run the jobs that are not finished; return those that have a result."""
        waiting = [job for job in jobs if job.title not in self._state.finished]
        for title in run_jobs(waiting, self._out / "logs", self._note):
            self._state.finished.append(title)
            self._note()
        done = [job for job in jobs if job.title in self._state.finished]
        if not done:
            titles = ", ".join(job.title for job in jobs)
            raise JobError(f"expected one of {titles} to end well, found none: see {self._out / 'logs'}")
        return done

    def _spent_s(self) -> float:
        return self._before_s + time.monotonic() - self._since_s

    def _note(self) -> None:
        """Write the state, atomically."""
        self._state.spent_s = self._spent_s()
        partial = self._file.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(self._state))
        partial.replace(self._file)


def recipe_and_seed(name: str) -> tuple[str, int]:
    """Return the parts of `RECIPE:SEED`.

    Raises:
        ChainError: It is something else.
        FileNotFoundError: There is no such recipe.
    """
    recipe, _, seed = name.rpartition(":")
    if not recipe or not seed.isdecimal():
        raise ChainError(f"expected RECIPE:SEED, such as chain_fast:1, found {name!r}")
    load_recipe(recipe)
    return recipe, int(seed)
