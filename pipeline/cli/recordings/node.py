"""`python -m pipeline.cli.recordings.node`: the processes on a node of a cluster, started by a task of Ray."""

import ctypes
import logging
import os
import signal
import sys

import msgspec

from models.fetch import fetch_networks
from pipeline.batch.cluster.letters import Answer
from pipeline.batch.cluster.node import serve
from pipeline.errors import EXIT_CONFIG, EmobotError
from pipeline.foreign import one_line
from pipeline.worker.logs import set_up_logging

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(task: int) -> int:
    """Process what standard input names; return the exit code.

    Args:
        task: Process ID of the task's process, with which this one ends.
    """
    # in order, unlike the stages: the directory in /dev/shm goes, too
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != task:
        return EXIT_CONFIG
    # Ray blocks SIGINT in its workers, and their children inherit that
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    # what stages print must not get among the answers
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    set_up_logging("warning", "emobot")

    def say(answer: Answer) -> None:
        answers.write(msgspec.json.encode(answer) + b"\n")
        answers.flush()

    # until the run handles it, while networks are fetched: what was begun is removed
    signal.signal(signal.SIGTERM, _raise_exit)
    try:
        fetch_networks()
        return serve(sys.stdin.buffer, say)
    except EmobotError as error:
        say(Answer(error=one_line(str(error), 1000)))
        return error.exit_code
    except OSError as error:
        say(Answer(error=one_line(str(error), 1000)))
        return EXIT_CONFIG
    except SystemExit:
        return 128 + signal.SIGTERM


def _raise_exit(*_: object) -> None:
    raise SystemExit


if __name__ == "__main__":
    code = main(int(sys.argv[1]))
    logging.shutdown()
    sys.stderr.flush()
    # a regular exit would wait for the thread that reads standard input
    os._exit(code)
