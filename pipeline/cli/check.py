"""`emobot check`: whether a config is valid, and what it starts."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.run import prepare
from pipeline.config.plan import Plan


def check(config: Annotated[Path, typer.Argument(help="The config file.")] = Path("config.toml")) -> None:
    """Check a config and draw the processes it starts as a mermaid graph.

    All mistakes are reported together, one per line, with table and key; the exit code is then 2.
    """
    print(draw(prepare(config)[1]))


def draw(plan: Plan) -> str:
    """Return the plan as a mermaid flow chart."""
    shapes = {"source": '(["{}"])', "filter": '["{}"]', "sink": '[/"{}"/]'}
    lines = ["flowchart LR"]
    for node in plan.nodes:
        times = f" x {node.workers}" if node.workers > 1 else ""
        where = f" on {node.keys.host}" if node.keys.host else ""
        label = shapes[node.role].format(f"{node.name}{times}{where}")
        lines.append(f"    {_id(node.name)}{label}")
    for node in plan.nodes:
        for name in node.to:
            # thick where frames carry pixels
            arrow = "==>" if plan.readers_from(name) else "-->"
            lines.append(f"    {_id(node.name)} {arrow} {_id(name)}")
    return "\n".join(lines)


def _id(name: str) -> str:
    return name.replace(".", "_").replace("-", "_")
