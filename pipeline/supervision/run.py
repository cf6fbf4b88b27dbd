"""One run of a plan: its directory, its metrics endpoint and its summary."""

import logging
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from msgspec.structs import replace

from pipeline.config.config import Config
from pipeline.config.plan import Plan
from pipeline.errors import EXIT_FAILED
from pipeline.messages import Message
from pipeline.metrics.camera_totals import CameraSummary, summarize
from pipeline.metrics.counters import collector
from pipeline.supervision.workplace import Workplace

REMOVED = (
    "expected the directory of this run, found that %s was removed, as systemd does when its user logs out"
    " (`loginctl enable-linger` prevents it, see RemoveIPC in logind.conf): starting again"
)
log = logging.getLogger("emobot")


class Outcome(Message, frozen=True, kw_only=True):
    """How a run ended."""

    code: int
    """Exit code, see `pipeline.errors`."""
    interrupted: bool = False
    removed: bool = False
    """Whether it ended because its directory was removed: it can begin again."""
    cameras: list[CameraSummary] = []
    plan: Plan | None = None
    """The plan at the end, after all changes."""


def run_plan(
    plan: Plan,
    tick: Callable[[Path], None] = lambda directory: None,
    source: tuple[Config, Path] | None = None,
    admit: Callable[[str], bool | None] = lambda name: True,
    ended: Callable[[str, bool], None] = lambda name, failed: None,
    end: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run a plan to its end.

    Args:
        plan: What to run.
        tick: Called about ten times a second with the directory of the counters (`pipeline.metrics.counters`).
        source: The config the plan was made of, and its file; with it the run can be changed
            (`pipeline.supervision.control`).
        admit: Called with a source's name before its first start; if it returns False, the source is not started, and
            if it returns None, it is asked again soon.
        ended: Called with a source's name when it will not start again, and whether it failed.
        end: Called when all processes have ended, before the directory is removed.

    Raises:
        ConfigError: The run's directory cannot be made, or an address cannot be bound.
    """
    with Workplace(plan.run.dir) as place, ExitStack() as stack:
        stack.callback(end)
        directory = place.path / "metrics"
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
        # the folder is gone at the end; processes that this one starts later must not look for it
        stack.callback(os.environ.pop, "PROMETHEUS_MULTIPROC_DIR", None)
        # import late: a batch does so only when it has something to process
        from pipeline.metrics.health import Health
        from pipeline.metrics.metrics import counting
        from pipeline.metrics.present import Present
        from pipeline.supervision.control import Control
        from pipeline.supervision.runs import describe_run
        from pipeline.supervision.supervisor import Supervisor

        stack.enter_context(counting("supervisor"))
        plan = replace(plan, run=replace(plan.run, dir=str(place.path)))
        control: Control | None = None
        removed = False

        def poll() -> None:
            try:
                tick(directory)
            except Exception:  # a failing display must not end the run
                log.debug("the display failed", exc_info=True)
            if control:
                control.answer()
            if place.is_removed and not supervisor.interrupts:
                nonlocal removed
                removed = True
                log.error(REMOVED, place.path)
                supervisor.end()

        supervisor = Supervisor(plan, poll, admit, ended, stays=bool(source and source[0].fleet))
        if source:
            control = Control(*source, place.path, supervisor, lambda plan: describe(plan))
            stack.callback(control.close)
        metrics, started_s = "", time.time()
        if plan.metrics.listen:
            health = Health(plan.metrics.listen, Present(collector(directory)), supervisor.healthy, supervisor.ready)
            stack.callback(health.close)
            metrics = f"{plan.metrics.listen.rpartition(':')[0]}:{health.port}"

        def describe(plan: Plan) -> None:
            if source:
                describe_run(place.path, plan, source[1], metrics, started_s)

        describe(plan)
        code = supervisor.run()
        # unless somebody has asked for the end meanwhile
        if removed and supervisor.interrupts == 1:
            return Outcome(code=EXIT_FAILED, removed=True, plan=supervisor.plan)
        cameras = summarize(directory)
        return Outcome(code=code, interrupted=supervisor.interrupts > 0, cameras=cameras, plan=supervisor.plan)
