"""Processes that a server forks (`pipeline.worker.fork_server`); they are children of this process."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import multiprocess
from multiprocess.connection import Connection
from multiprocess.reduction import ForkingPickler, send_handle

from pipeline.errors import EXIT_FAILED
from pipeline.worker.fork_server import STOPS, Request, Task

START_S, ANSWER_S = 60.0, 10.0
"""Seconds the server may take for its first process, before which it loads, and for each other one. Usually that takes
0.4 s and 10 ms; a slow disk needs longer. The supervisor waits meanwhile; once a run works, systemd waits 15 s."""
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


class Worker:
    """A process, from its start to its exit code.

    Raises:
        OSError: The system has no descriptor left.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.sentinel = os.pidfd_open(pid)
        """Descriptor that becomes readable when the process ends."""
        self.exitcode: int | None = None
        """Exit code, or a negative signal number; None before the end was noticed."""

    def is_alive(self) -> bool:
        """Return whether it runs."""
        self._reap(os.WNOHANG)
        return self.exitcode is None

    def join(self) -> None:
        """Wait for its end."""
        self._reap(0)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send(signal.SIGKILL)

    def send(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.sentinel, number)

    def close(self) -> None:
        """Free the descriptor."""
        os.close(self.sentinel)

    def _reap(self, options: int) -> None:
        if self.exitcode is None:
            try:
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:  # other code of this process has reaped it
                self.exitcode = EXIT_FAILED
            else:
                self.exitcode = os.waitstatus_to_exitcode(status) if pid else None


class ForkServer:
    """The server, which starts with the first process that is asked for, and again if it has died."""

    def __init__(self) -> None:
        self._requests: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, target: Callable[..., None], *arguments: Any, channel: Connection | None = None) -> Worker:
        """Run a function in a new process.

        Args:
            target: A function of a module.
            arguments: What to call it with.
            channel: A connection that becomes the first argument.

        Raises:
            OSError: The system has no process, memory or descriptor left.
        """
        task = Task(dict(os.environ), sys.path, str(Path.cwd()), target, arguments)
        request = Request(bytes(ForkingPickler.dumps(task)), channel is not None)
        if self._process and self._process.poll() is not None:
            self.close()
        pid = self._ask(request, channel)
        try:
            return Worker(pid)
        except OSError:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise

    def close(self) -> None:
        """End the server; the processes it has started continue."""
        if self._requests:
            self._requests.close()
            self._requests = None
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
            _adopt_orphans(False)

    def _ask(self, request: Request, channel: Connection | None) -> int:
        limit_s = ANSWER_S if self._requests else START_S
        if not self._requests:
            self._begin()
        assert self._requests and self._process
        try:
            self._requests.send(request)
            if channel is not None:
                send_handle(self._requests, channel.fileno(), self._process.pid)
            if not self._requests.poll(limit_s):
                raise TimeoutError(f"no answer within {limit_s:g} s")
            answer: int | OSError = self._requests.recv()
        except (OSError, EOFError) as error:
            self.close()
            raise OSError(f"the fork server does not answer: {error}") from error
        if isinstance(answer, OSError):
            raise answer
        return answer

    def _begin(self) -> None:
        path = [folder or str(Path.cwd()) for folder in sys.path]
        self._requests, end = multiprocess.Pipe()
        with end:
            program = "import sys; sys.path[:] = {}; from {} import serve; serve({}, {})".format(
                path, "pipeline.worker.fork_server", end.fileno(), os.getpid()
            )
            # until the server ignores them, these signals wait
            before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", program], stdin=subprocess.DEVNULL, pass_fds=[end.fileno()]
                )
            except BaseException:
                self._requests.close()
                self._requests = None
                raise
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        _adopt_orphans(True)


WORKERS = ForkServer()
"""The server of this process. A run's supervisor closes it at the end."""


def _adopt_orphans(adopts: bool) -> None:
    """Become the parent of processes whose parent has ended below this one, or no longer (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(adopts))
