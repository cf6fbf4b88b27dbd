"""One run of a plan, with its directory, its endpoint and its numbers at the end."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from msgspec.structs import replace

from pipeline.plan import Plan
from pipeline.summary import CameraSummary, summarize
from pipeline.workplace import Workplace


def run_plan(plan: Plan, tick: Callable[[Path], None] = lambda directory: None) -> tuple[int, list[CameraSummary]]:
    """Run a plan to its end.

    Args:
        plan: What to run.
        tick: Called about ten times a second with the directory of the counters (`pipeline.summary`).

    Returns:
        The exit code (see `pipeline.errors`), and what each camera did.

    Raises:
        ConfigError: The run's directory or an address cannot be had.
    """
    with Workplace(plan.run.dir) as place, ExitStack() as stack:
        counters = place.path / "metrics"
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counters)
        # only now: prometheus_client reads the variable when it is imported
        from prometheus_client.multiprocess import MultiProcessCollector
        from prometheus_client.registry import CollectorRegistry

        from pipeline.health import Health
        from pipeline.supervisor import Supervisor

        plan = replace(plan, run=replace(plan.run, dir=str(place.path)))
        supervisor = Supervisor(plan, lambda: tick(counters))
        if plan.metrics.listen:
            collector = MultiProcessCollector(CollectorRegistry(), str(counters))
            health = Health(plan.metrics.listen, collector, supervisor.healthy, supervisor.ready)
            stack.callback(health.close)
        code = supervisor.run()
        return code, summarize(counters)
