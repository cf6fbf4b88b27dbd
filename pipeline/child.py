"""One process under supervision: its life, and when it is started again."""

import logging
import os
import time
from collections import deque

import multiprocess

from pipeline.errors import EXIT_CLOSED, EXIT_CONFIG, EXIT_FAILED, EXIT_OK
from pipeline.plan import Node, Plan
from pipeline.process import start

START_S = 120.0
"""Time for loading; the first start converts the network, which takes about 15 s on a slow machine."""
CRASH_WINDOW_S = 60.0
MOST_CRASHES = 5
"""So many within the window, of a stage every camera needs, mean that starting it again does not help."""
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 0.5, 30.0
"""Waits after the second crash and after many; the first is followed by a start at once."""

log = logging.getLogger("emobot")
_spawn = multiprocess.get_context("spawn")


class Child:
    """A stage's process; `worker` tells those of one stage apart.

    Args:
        plan: The run, its directory in place.
        node: The stage.
        worker: Which of its processes.
    """

    def __init__(self, plan: Plan, node: Node, worker: int = 0) -> None:
        self.node = node
        self.name = f"{node.name}.{worker}" if node.workers > 1 else node.name
        self.worker = worker
        self.up = False
        """Whether it has beaten since its last start."""
        self.done = False
        """Whether it need not be started again."""
        self.verdict = EXIT_OK
        """What its end means for the run."""
        self.starts = 0
        self._plan = plan
        self._process: multiprocess.Process | None = None
        self._heard = 0.0
        self._crashes: deque[float] = deque(maxlen=50)
        self._due = 0.0
        self._renewed = False

    @property
    def failed(self) -> bool:
        """Return whether it was given up."""
        return self.verdict != EXIT_OK

    @property
    def alive(self) -> bool:
        """Return whether the process runs."""
        return self._process is not None and self._process.is_alive()

    @property
    def sentinel(self) -> int | None:
        """Return what becomes ready when the process ends, see `multiprocessing.connection.wait`; None without one."""
        return int(self._process.sentinel) if self._process is not None and self.alive else None

    @property
    def waiting(self) -> bool:
        """Return whether it is to be started now."""
        return self._process is None and not self.done and time.monotonic() >= self._due

    def start(self) -> None:
        """Start the process."""
        self.starts += 1
        self.up = False
        self._heard = time.monotonic()
        arguments = (self._plan, self.node.name, self.worker, os.getpid())
        process = _spawn.Process(target=start, args=arguments, name=self.name)
        try:
            process.start()
        except OSError as error:
            # no process, memory or open file left, which passes: as after a crash it is tried again later
            self._due = self._heard + LONGEST_BACKOFF_S / 10
            log.error("%s: expected a process, found %s", self.name, error)
            return
        self._process = process

    def heard(self, pid: int) -> None:
        """Take note of a heartbeat."""
        if self._process and self._process.pid == pid:
            self.up = True
            self._heard = time.monotonic()

    def look(self) -> int | None:
        """See how the process is; return its exit code if it has just ended."""
        if not self._process:
            return None
        silent_s = time.monotonic() - self._heard
        limit_s = self._plan.run.hang_s if self.up else max(START_S, self._plan.run.hang_s)
        if self._process.is_alive():
            if silent_s > limit_s:
                log.error("%s has said nothing for %.0f s: killing it", self.name, silent_s)
                self.kill()
            return None
        self._process.join()
        code = int(self._process.exitcode or 0)
        self._process.close()
        self._process = None
        self.up = False
        return code

    def judge(self, code: int) -> None:
        """Decide what an exit means, see `pipeline.errors`: done, given up, or started again after a while."""
        if code in (EXIT_OK, EXIT_CONFIG, EXIT_CLOSED) and not self._renewed:
            self.done = True
            self.verdict = EXIT_CONFIG if code == EXIT_CONFIG else EXIT_OK
            return
        now = time.monotonic()
        if self._renewed:
            self._renewed, self.starts, self._due = False, 0, now
            return
        self._crashes.append(now)
        recent = sum(now - crash < CRASH_WINDOW_S for crash in self._crashes)
        self._due = now + (min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** (recent - 2)) if recent > 1 else 0.0)
        attempts = self._plan.run.attempts if self.node.role == "source" else 0
        too_often = self.node.role == "filter" and recent > MOST_CRASHES
        self.done = too_often or bool(attempts and self.starts >= attempts)
        self.verdict = EXIT_FAILED if self.done else EXIT_OK
        after = "giving up" if self.failed else f"starting again in {max(0.0, self._due - now):.1f} s"
        log.error("%s ended with %s: %s", self.name, f"signal {-code}" if code < 0 else f"exit code {code}", after)

    def stop(self) -> None:
        """Ask the process to end in order."""
        self.done = True
        if self._process and self._process.is_alive():
            self._process.terminate()

    def renew(self, plan: Plan, node: Node) -> None:
        """Go on with another part in another plan; the process that runs ends in order before."""
        self._plan, self.node = plan, node
        if self.alive:
            self.stop()
            self._renewed = True
        self.done = False
        self.verdict = EXIT_OK
        self._due = 0.0

    def kill(self) -> None:
        """End the process at once."""
        if self._process and self._process.is_alive():
            self._process.kill()
