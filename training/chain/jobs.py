"""Runs programs side by side, which end with this process, however it ends."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

TRIES = 2
"""How often a program is started before it is given up."""
NOTE_S = 1.0
"""Seconds between calls of `note`."""
_START = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL; execv keeps it
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
"""Lets the kernel kill a program when its parent has died: two trainings must not write the same files. Not between
fork and exec, which is unsafe beside the threads of JAX."""


class JobError(RuntimeError):
    """Programs without which nothing can continue have failed."""


class Job(NamedTuple):
    """One program.

    Attributes:
        title: Its name, also of its log.
        arguments: Arguments of Python.
        result: The file that it writes at its end.
        checkpoint: Where it keeps its state; if it exists, the program is started with `--resume`.
    """

    title: str
    arguments: Sequence[str]
    result: Path
    checkpoint: Path | None = None

    def command(self) -> list[str]:
        """Return Python's arguments; with a checkpoint, those that continue."""
        resumed = ["--resume"] if self.checkpoint is not None and self.checkpoint.exists() else []
        return [*self.arguments, *resumed]


def run_jobs(jobs: Sequence[Job], logs: Path, note: Callable[[], None]) -> Iterator[str]:
    """Run programs side by side; one that fails is started once more.

    Args:
        jobs: The programs.
        logs: Folder of what they print.
        note: Called every second while they run.

    Yields:
        The title of each program that has ended well, when it has.
    """
    logs.mkdir(parents=True, exist_ok=True)
    running = {job.title: (job, _start(job, logs), 1) for job in jobs}
    noted_s = time.monotonic()
    try:
        while running:
            for job, process, tries in list(running.values()):
                if process.poll() is None:
                    continue
                del running[job.title]
                if process.returncode == 0 and job.result.exists():
                    yield job.title
                elif tries < TRIES:
                    running[job.title] = (job, _start(job, logs), tries + 1)
                else:
                    print(f"{job.title} failed {TRIES} times, see {logs / job.title}.log", file=sys.stderr)
            if time.monotonic() - noted_s >= NOTE_S:
                note()
                noted_s = time.monotonic()
            time.sleep(0.05)
    finally:
        for _, process, _ in running.values():
            process.kill()
            process.wait()


def _start(job: Job, logs: Path) -> "subprocess.Popen[bytes]":
    bound = ["-c", _START, str(os.getpid())] if sys.platform == "linux" else []
    with (logs / f"{job.title}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, *bound, *job.command()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
