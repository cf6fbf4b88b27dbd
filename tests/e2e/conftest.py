"""Programs as a user starts them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest


class Program:
    """A process whose output goes to a file."""

    def __init__(self, command: Sequence[str | Path], log: Path) -> None:
        self._log = log
        with log.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, *map(str, command)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONPATH": str(Path.cwd())},
            )

    def log(self) -> str:
        """Return what it has printed."""
        return self._log.read_text()

    def stages(self) -> dict[str, int]:
        """Return the process of each stage, by its name."""
        found = {}
        pid = self.process.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            title = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            if title.startswith("emobot: "):
                found[title.removeprefix("emobot: ")] = int(child)
        return found

    def end(self, seconds: float = 100.0) -> int:
        """Wait for the end; return the exit code."""
        return self.process.wait(timeout=seconds)


Start = Callable[..., Program]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return what starts a Python program; one that still runs at the end of the test is ended."""
    programs: list[Program] = []

    def begin(*command: str | Path) -> Program:
        programs.append(Program(command, tmp_path / f"{len(programs)}.log"))
        return programs[-1]

    yield begin
    for program in programs:
        program.process.terminate()
        try:
            program.process.wait(10)
        except subprocess.TimeoutExpired:
            program.process.kill()
            program.process.wait()


@pytest.fixture
def emobot(start: Start) -> Start:
    """Return what starts `emobot` with arguments."""
    return lambda *arguments: start("-m", "pipeline", *arguments)


@pytest.fixture
def until() -> Callable[..., None]:
    """Return what waits for a condition, and fails with what is known when it does not come."""

    def wait(condition: Callable[[], Any], seconds: float = 60.0, known: Callable[[], object] = str) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, known()
            time.sleep(0.02)

    return wait


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Return what finds a port that nobody uses."""

    def find() -> int:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            return int(one.getsockname()[1])

    return find
