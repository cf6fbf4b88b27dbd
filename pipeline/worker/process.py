"""The process of one stage, from its start to its exit code."""

import logging
import os
import sys
import time
from pathlib import Path

from setproctitle import setproctitle

from pipeline.config.plan import RUN_VARIABLE, Plan
from pipeline.config.registry import resolve
from pipeline.errors import EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EmobotError
from pipeline.metrics.metrics import count_on
from pipeline.transport.link import Outlet, Sockets
from pipeline.worker.logs import set_up_logging
from pipeline.worker.parent import die_with
from pipeline.worker.priority import loading
from pipeline.worker.pulse import Beat, Pulse, supervisor_address
from pipeline.worker.runner import Runner
from pipeline.worker.source_runner import SourceRunner

READY_FILE = "ready"
"""File that the supervisor creates when the stages behind the cameras are up; cameras wait for it before sending."""
BEATS = 16
"""Maximum number of heartbeats queued for the supervisor."""
_OPENCV_THREADS = "OPENCV_FOR_THREADS_NUM"
"""Environment variable with OpenCV's number of threads, 1 unless the user sets it. By default every process would start
a thread per core, and waiting threads spin: that took other processes a fifth of the cost of face detection."""

log = logging.getLogger("emobot")


def run_stage(plan: Plan, name: str, worker: int, parent: int | None = None, incarnation: int = 0) -> int:
    """Run one stage of a plan in this process until its stream ends or it is asked to stop.

    Args:
        plan: The run, with its directory.
        name: Name of the stage.
        worker: Index of the worker.
        parent: PID of the supervisor; None for a stage started by hand.
        incarnation: Number of this process of the worker, see `pipeline.transport.switchboard`.

    Returns:
        The exit code, see `pipeline.errors`.
    """
    set_up_logging(plan.log.level, f"{name}.{worker}")
    count_on(f"{name}.{worker}")
    node = plan[name]
    os.environ.setdefault(_OPENCV_THREADS, "1")
    with Sockets():
        outlet = Outlet(supervisor_address(plan.directory), Beat, BEATS) if parent is not None else None
        pulse = Pulse(name, worker, os.getpid(), outlet)
        pulse.obey()
        try:
            with loading(beside=incarnation > 0 and not node.exclusive):
                stage = resolve(node.use)(**node.options)
            try:
                if node.role == "source":
                    source = SourceRunner(plan, node, stage, pulse)
                    if outlet:
                        _wait_for(plan.directory / READY_FILE, pulse)
                    source.run()
                else:
                    Runner(plan, node, worker, stage, pulse, incarnation).run()
            finally:
                stage.close()
        except EmobotError as error:
            log.error("%s", error)
            pulse.enter("failed", str(error))
            return error.exit_code
        except Exception as error:
            log.exception("%s failed", name)
            pulse.enter("failed", f"{type(error).__name__}: {error}".partition("\n")[0])
            return EXIT_FAILED
    return EXIT_OK


def start(plan: Plan, name: str, worker: int, parent: int, incarnation: int = 0) -> None:
    """Run a stage as the supervisor's child process, which dies with it, and exit with the stage's code."""
    if not die_with(parent):
        sys.exit(EXIT_CONFIG)
    os.environ[RUN_VARIABLE] = str(plan.directory)
    setproctitle(f"emobot: {name}" + (f".{worker}" if plan[name].workers > 1 else ""))
    code = run_stage(plan, name, worker, parent, incarnation)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # everything is closed; a regular exit of an interpreter with large libraries needs up to a second more
    os._exit(code)


def _wait_for(file: Path, pulse: Pulse) -> None:
    while not file.exists() and pulse.beat():
        time.sleep(0.01)
