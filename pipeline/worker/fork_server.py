"""A process that has imported what every worker needs, and forks one for each request of the supervisor.

Importing costs each process 0.3 s of CPU time, a fork 10 ms. The server imports no stage, so a new process reads an
edited module again.
"""

import errno
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, NamedTuple, NoReturn

from multiprocess.connection import Connection
from multiprocess.reduction import ForkingPickler, recv_handle
from setproctitle import setproctitle

import pipeline.worker.process  # noqa: F401 - for the workers
from pipeline.errors import EXIT_FAILED, EXIT_OK
from pipeline.worker.parent import die_with

STOPS = {signal.SIGINT, signal.SIGTERM}
"""Signals that a terminal or systemd sends to all processes of a run. The server ignores them: it ends with the
supervisor, after the workers."""
ADOPTED_S = 0.0005
"""Seconds between two checks whether the supervisor has become the parent."""


class Task(NamedTuple):
    """What a process runs, and the state of the supervisor's process that it takes over."""

    environment: dict[str, str]
    path: list[str]
    """Folders with modules."""
    folder: str
    """The current folder."""
    target: Callable[..., None]
    """A function of a module."""
    arguments: tuple[Any, ...]


class Request(NamedTuple):
    """What the supervisor asks for."""

    task: bytes
    """A pickled `Task`: only the new process imports the modules it names."""
    has_channel: bool
    """Whether a descriptor follows, of a connection that becomes the first argument."""


def serve(descriptor: int, supervisor: int) -> None:
    """Answer each `Request` with the ID of a new process, or with an `OSError`, until the supervisor ends.

    Args:
        descriptor: The connection to the supervisor.
        supervisor: Process ID of the supervisor, which adopts orphans and so becomes the parent of the new processes.
    """
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    if not die_with(supervisor):
        return
    setproctitle("emobot fork server")
    gc.freeze()  # the pages of imported modules stay shared
    with Connection(descriptor) as requests:
        while True:
            try:
                request: Request = requests.recv()
            except EOFError:
                return
            with ExitStack() as stack:
                channel = stack.enter_context(Connection(recv_handle(requests))) if request.has_channel else None
                try:
                    answer: int | OSError = _fork(requests, request.task, channel)
                except OSError as error:
                    answer = error
            requests.send(answer)


def _fork(requests: Connection, task: bytes, channel: Connection | None) -> int:
    """Fork a process for a task; return its ID.

    Raises:
        OSError: The system has no process, memory or descriptor left.
    """
    reader, writer = os.pipe()

    def work() -> None:
        middle = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            pid = -(error.errno or errno.EAGAIN)
        if pid:
            os.write(writer, b"%d" % pid)
            return  # and end, which makes the new process an orphan
        for inherited in (reader, writer, requests.fileno()):
            os.close(inherited)
        while os.getppid() == middle:
            time.sleep(ADOPTED_S)
        _run(ForkingPickler.loads(task), channel)

    with open(reader, "rb") as answers:  # noqa: PTH123 - a descriptor
        try:
            middle = os.fork()
            if not middle:
                _run_and_exit(work)
        finally:
            os.close(writer)
        number = int(answers.read() or -errno.EAGAIN)
    os.waitpid(middle, 0)
    if number < 0:
        raise OSError(-number, os.strerror(-number))
    return number


def _run_and_exit(work: Callable[[], None]) -> NoReturn:
    """Do the work of a forked process; whatever happens, end it instead of returning to the server's loop."""
    code = EXIT_FAILED
    try:
        work()
        code = EXIT_OK
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else EXIT_FAILED
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _run(task: Task, channel: Connection | None) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(task.environment)
    sys.path[:] = task.path
    os.chdir(task.folder)
    task.target(*(() if channel is None else (channel,)), *task.arguments)
