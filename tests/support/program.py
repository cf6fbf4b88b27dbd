"""Programs as a user starts them."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

from tests.support.waiting import until

REPOSITORY = Path(__file__).resolve().parents[2]
EMOBOT = ("-m", "pipeline")


class Program:
    """A Python process of the project whose output goes to files.

    Args:
        command: What it runs, after the interpreter.
        log: Takes its stderr, after what is there.
        output: Takes its stdout; by default that goes to the log, too.
        environment: Variables beside those of this process.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        *,
        output: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._log = log
        self._output = output
        path = {"PYTHONPATH": os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))}
        with ExitStack() as files:
            errors = files.enter_context(log.open("a"))
            self.process = subprocess.Popen(
                [sys.executable, *map(str, command)],
                stdout=files.enter_context(output.open("a")) if output else errors,
                stderr=errors,
                env={**os.environ, **path, **(environment or {})},
            )

    def log(self) -> str:
        """Return what it has logged."""
        return self._log.read_text()

    @property
    def output(self) -> str:
        """What it has printed, if that does not go to the log."""
        return self._output.read_text() if self._output else self.log()

    def stages(self) -> dict[str, int]:
        """Return the process ID of each stage, by its name."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):  # it has just ended
                title = " ".join(child.cmdline()).strip()
                if title.startswith("emobot: "):
                    found[title.removeprefix("emobot: ")] = child.pid
        return found

    def pid(self, name: str) -> int:
        """Return the process ID of a stage, as soon as there is one; while it restarts, there is none."""
        found: dict[str, int] = {}
        until(lambda: name in found or found.update(self.stages()), self.log)
        return found[name]

    def end(self, seconds: float = 100.0) -> int:
        """Wait for the end; return the exit code."""
        return self.process.wait(timeout=seconds)

    def stop(self, seconds: float = 20.0) -> None:
        """End it with SIGTERM, then with SIGKILL, unless it has ended."""
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
