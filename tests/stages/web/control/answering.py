"""Answers the API instead of a run's processes."""

from typing import Any

from pipeline.config.plan import Plan

CONFIG = """\
[camera.desk]    # by the window
source = "demo"
fps = 5.0

[camera.door]
source = "rtsp://ann:secret@10.0.0.1/a"

[overlay]
bars = false

[output.events]
kind = "events"
"""


class Processes:
    """Stands in for the supervisor: every camera of the plan runs."""

    changing = False
    outcome = ""

    def __init__(self) -> None:
        self.plans: list[Plan] = []

    def change(self, plan: Plan) -> None:
        """Apply another plan at once."""
        self.plans.append(plan)

    def sources(self) -> dict[str, str]:
        """Return what each camera's process does."""
        nodes = self.plans[-1].nodes if self.plans else ()
        return {node.name: "runs" for node in nodes if node.role == "source"}


def sources(processes: Processes) -> dict[str, dict[str, Any]]:
    """Return the options with which the cameras run now."""
    return {node.name: node.options for node in processes.plans[-1].nodes if node.role == "source"}
