"""All commands of `emobot`. The module of a command is imported when the command is used or listed.

All modules together take 0.4 s of CPU time, which each start of a run or a batch would cost.
"""

from importlib import import_module
from typing import Any

import typer

from pipeline.cli.help import PlainCommand, PlainGroup

COMMANDS = {
    "run": "pipeline.cli.run:run",
    "batch": "pipeline.cli.recordings.batch:batch",
    "baseline": "pipeline.cli.recordings.baseline:baseline",
    "events": "pipeline.cli.events:events",
    "top": "pipeline.cli.top:top",
    "history": "pipeline.cli.history:history",
    "check": "pipeline.cli.check:check",
    "doctor": "pipeline.cli.doctor.doctor:doctor",
    "bench": "pipeline.cli.bench:bench",
    "stage": "pipeline.cli.stage:stage",
    "set": "pipeline.cli.cameras.camera:set_stage",
    "report": "stages.report.command:report",
    "export": "stages.results.export.command:export",
    "table": "stages.results.table_command:table",
    "agree": "stages.results.agreement.command:agree",
    "plot": "stages.results.figures.command:plot",
    "train": "training.cli:train",
    "evaluate": "training.cli:evaluate",
    "password": "stages.web.access.credentials:password",
    "camera": "pipeline.cli.cameras.camera:camera",
    "keys": "pipeline.cli.keys:keys",
    "fleet": "pipeline.cli.fleet.commands:fleet",
    "alert": "pipeline.cli.alert:alert",
}
"""A function, or a `typer.Typer` of more commands, by the command's name; `--help` lists them in this order."""
CLASSES = {"batch": "pipeline.cli.recordings.cluster:RayCommand"}
"""Classes of commands that parse their arguments in their own way."""


class AllCommands(PlainGroup):
    """The group of all commands."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command; for an unknown name load all, of which the error suggests the most similar ones."""
        for name in [cmd_name] if cmd_name in COMMANDS else COMMANDS:
            if name not in self.commands:
                self.commands[name] = _load(name)
        return super().get_command(ctx, cmd_name)


def _load(name: str) -> Any:
    found = _find(COMMANDS[name])
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name, cls=_find(CLASSES[name]) if name in CLASSES else PlainCommand)(found)
    return typer.main.get_group(alone).commands[name]


def _find(where: str) -> Any:
    module, _, attribute = where.partition(":")
    return getattr(import_module(module), attribute)
