"""A process that has imported what every worker needs, and forks one for each request of the supervisor.

Importing costs each process 0.3 s of CPU time, a fork 10 ms. The server imports no stage, so a new worker reads an
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
from typing import NamedTuple, NoReturn

from multiprocess.connection import Connection
from multiprocess.reduction import ForkingPickler
from setproctitle import setproctitle

from pipeline.config.plan import Plan
from pipeline.errors import EXIT_FAILED, EXIT_OK
from pipeline.worker.parent import die_with
from pipeline.worker.process import start

STOPS = {signal.SIGINT, signal.SIGTERM}
"""Signals that a terminal or systemd sends to all processes of a run. The server ignores them: it ends with the
supervisor, after the workers."""
ADOPTED_S = 0.0005
"""Seconds between two checks whether the supervisor has become the parent."""


class Task(NamedTuple):
    """What a worker runs, and the state of the supervisor's process that it takes over."""

    environment: dict[str, str]
    path: list[str]
    """Folders with modules."""
    folder: str
    """The current folder."""
    plan: Plan
    name: str
    """Name of the stage."""
    worker: int
    incarnation: int


def serve(descriptor: int, supervisor: int) -> None:
    """Answer each request with the process ID of a new worker, or with an `OSError`, until the supervisor ends.

    Args:
        descriptor: The connection to the supervisor; each request is a pickled `Task`.
        supervisor: Process ID of the supervisor, which adopts orphans and so becomes the parent of the workers.
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
                task = requests.recv_bytes()
            except EOFError:
                return
            try:
                answer: int | OSError = _fork(requests, task, supervisor)
            except OSError as error:
                answer = error
            requests.send(answer)


def _fork(requests: Connection, task: bytes, supervisor: int) -> int:
    """Fork a worker; return its process ID.

    Raises:
        OSError: The system has no process, memory or descriptor left.
    """
    reader, writer = os.pipe()

    def work() -> None:
        middle = os.getpid()
        try:
            worker = os.fork()
        except OSError as error:
            worker = -(error.errno or errno.EAGAIN)
        if worker:
            os.write(writer, b"%d" % worker)
            return  # and end, which makes the worker an orphan
        for inherited in (reader, writer, requests.fileno()):
            os.close(inherited)
        while os.getppid() == middle:
            time.sleep(ADOPTED_S)
        _work(ForkingPickler.loads(task), supervisor)

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


def _work(task: Task, supervisor: int) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(task.environment)
    sys.path[:] = task.path
    os.chdir(task.folder)
    start(task.plan, task.name, task.worker, supervisor, task.incarnation)
