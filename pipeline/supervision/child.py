"""One supervised process: its life cycle, and when it restarts."""

import logging
import os
import signal
import time
from collections import deque
from contextlib import suppress

from pipeline.config.plan import Node, Plan
from pipeline.errors import EXIT_CLOSED, EXIT_CONFIG, EXIT_FAILED, EXIT_OK
from pipeline.metrics.metrics import set_state
from pipeline.supervision.starvation import hangs, waited_s
from pipeline.supervision.workers import WORKERS, Worker
from pipeline.worker.process import start
from pipeline.worker.pulse import HURRY, Beat

START_S = 120.0
"""Seconds a process may load; the first start converts the network, which takes about 15 s on a slow machine."""
LEAVE_S = 5.0
"""Maximum seconds a replaced process may take to stop; a recording may need them to complete its file."""
CRASH_WINDOW_S = 60.0
"""Seconds for which a crash is remembered."""
MOST_CRASHES = 5
"""Crashes within the window after which a stage that every camera needs is given up."""
RETRY_S = 3.0
"""Seconds until the next attempt if the system has no process, memory or descriptor left."""
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 0.5, 30.0
"""Seconds of backoff after the second crash, and at most; after the first crash the process restarts at once."""

log = logging.getLogger("emobot")


class Child:
    """One worker process of a stage.

    Args:
        plan: The run, with its directory.
        node: The stage.
        worker: Index of the worker.
        incarnation: Number of this process of the worker, see `pipeline.transport.switchboard`.
        before: The process it replaces, which must end before this one starts; None: start without waiting.
    """

    def __init__(
        self, plan: Plan, node: Node, worker: int = 0, incarnation: int = 0, before: "Child | None" = None
    ) -> None:
        self.node = node
        self.name = f"{node.name}.{worker}" if node.workers > 1 else node.name
        self.worker = worker
        self.incarnation = incarnation
        self.up = False
        """Whether it has sent a heartbeat since its last start."""
        self.works = False
        """Whether its last heartbeat reported `working`."""
        self.proven = False
        """Whether it has ever reported `working`, so that its configuration is right."""
        self.error = ""
        """Why it failed, as its heartbeat reported."""
        self.done = False
        """Whether it will not be restarted."""
        self.verdict = EXIT_OK
        """Exit code that its end contributes to the run's."""
        self.starts = 0
        self._plan = plan
        self._process: Worker | None = None
        self.pid = 0
        """ID of its last process."""
        self._before = before
        self._heard = self._waited = 0.0
        """When it sent its last heartbeat, and how long it had waited for a processor until then, seconds."""
        self._crashes: deque[float] = deque(maxlen=50)
        self._due = 0.0
        self._asked_to_stop = False
        self._leaves_by = float("inf")

    @property
    def failed(self) -> bool:
        """Return whether it was given up."""
        return self.verdict != EXIT_OK

    @property
    def alive(self) -> bool:
        """Return whether the process runs."""
        return self._process is not None and self._process.is_alive()

    @property
    def ended(self) -> bool:
        """Return whether no process runs and every exit was handled."""
        return self._process is None

    @property
    def sentinel(self) -> int | None:
        """Return the handle that becomes ready when the process ends (`multiprocess.connection.wait`), if any."""
        return self._process.sentinel if self._process is not None and self.alive else None

    @property
    def waiting(self) -> bool:
        """Return whether it must be started now."""
        return (
            self._process is None
            and not self.done
            and (self._before is None or self._before.ended)
            and time.monotonic() >= self._due
        )

    def start(self) -> None:
        """Start the process."""
        self.starts += 1
        self.up = self.works = False
        self.error = ""
        self._before = None
        self._heard = time.monotonic()
        try:
            process = WORKERS.start(start, self._plan, self.node.name, self.worker, os.getpid(), self.incarnation)
        except OSError as error:  # no memory, no descriptors, too many processes: there may be some later
            self.error = f"expected to start a process, found: {error}"
            self._due = self._heard + RETRY_S
            log.error("%s: %s", self.name, self.error)
            return
        self._process, self.pid = process, process.pid
        self._waited = 0.0

    def heard(self, beat: Beat) -> None:
        """Record a heartbeat, if this process sent it."""
        if beat.pid != self.pid:
            return
        self.error = beat.error
        if self._process:
            self._heard, self._waited = time.monotonic(), waited_s(self.pid)
            self.works = beat.phase == "working"
            self.up |= beat.phase != "failed"
            self.proven |= self.works

    def excuse(self, seconds: float) -> None:
        """Do not count this part of its silence: the supervisor could hear nothing then."""
        self._heard += seconds

    def look(self) -> int | None:
        """Check the process, kill it if it hangs, and return its exit code if it has just ended."""
        if not self._process:
            return None
        now = time.monotonic()
        limit_s = self._plan.run.hang_s if self.up else max(START_S, self._plan.run.hang_s)
        if self._process.is_alive():
            silent_s = now - self._heard
            if silent_s > limit_s and hangs(silent_s, waited_s(self.pid) - self._waited, limit_s):
                log.error("%s sent no heartbeat for %.0f s: killing it", self.name, silent_s)
                self.kill()
                self._heard = now  # a busy machine takes a while to end it
            elif now > self._leaves_by:
                log.warning("%s did not end within %.0f s after it was replaced: killing it", self.name, LEAVE_S)
                self.kill()
                self._leaves_by = now + LEAVE_S
            return None
        self._process.join()
        code = int(self._process.exitcode or 0)
        self._process.close()
        self._process = None
        self.up = self.works = False
        # the signal came before the process had installed its handler, or while it closed its sockets
        return EXIT_OK if self._asked_to_stop and code in (-signal.SIGTERM, -HURRY) else code

    def judge(self, code: int) -> None:
        """Decide what an exit means, see `pipeline.errors`: done, given up, or restarted after a backoff."""
        is_source = self.node.role == "source"
        if is_source and code not in (EXIT_OK, EXIT_CLOSED):
            # nobody else can: its own process was the one that reports its state
            set_state(self.node.name.partition(".")[2], "offline")
        finished = code == EXIT_CLOSED or (code == EXIT_OK and (is_source or self._asked_to_stop))
        if finished or (code == EXIT_CONFIG and (is_source or not self.proven)):
            self.done = True
            self.verdict = EXIT_CONFIG if code == EXIT_CONFIG else EXIT_OK
            return
        now = time.monotonic()
        self._crashes.append(now)
        recent = sum(now - crash < CRASH_WINDOW_S for crash in self._crashes)
        self._due = now + (min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** (recent - 2)) if recent > 1 else 0.0)
        attempts = self._plan.run.attempts if is_source else 0
        too_often = self.node.role == "filter" and recent > MOST_CRASHES
        self.done = too_often or bool(attempts and self.starts >= attempts)
        self.verdict = EXIT_FAILED if self.done else EXIT_OK
        after = "giving up" if self.failed else f"restarting in {max(0.0, self._due - now):.1f} s"
        log.error("%s ended with %s: %s", self.name, describe_exit(code), after)

    def stop(self, *, hurry: bool = False) -> None:
        """Ask the process to end in order; in a hurry without waiting for slow readers of its last frames."""
        self.done = self._asked_to_stop = True
        if self._process and self._process.is_alive():
            if hurry:
                with suppress(ProcessLookupError):  # it has just ended
                    os.kill(self.pid, HURRY)
            self._process.terminate()

    def leave(self) -> None:
        """Ask the process to end in order, and kill it if it takes longer than `LEAVE_S`."""
        self._leaves_by = time.monotonic() + LEAVE_S
        self.stop()

    def kill(self) -> None:
        """End the process at once."""
        if self._process and self._process.is_alive():
            self._process.kill()


def describe_exit(code: int) -> str:
    """Return an exit code in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
