"""`emobot camera` and `emobot set`: change a run while it runs."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli.cameras import discover, test
from pipeline.cli.cameras.keys import parse_changes, parse_table
from pipeline.cli.help import PlainCommand, PlainGroup
from pipeline.errors import ConfigError
from pipeline.metrics import names
from pipeline.metrics.counters import read_counts
from pipeline.redaction import redact, redact_all
from pipeline.supervision.changes import Change, Tables, change
from pipeline.supervision.runs import DIR_HELP, RUN_HELP, find_run

Name = Annotated[str, typer.Argument(help="The camera's name.")]
Keys = Annotated[list[str] | None, typer.Argument(help="Options as key=value, values as in config.toml.")]
Changes = Annotated[
    list[str] | None, typer.Argument(help="Options as key=value, values as in config.toml; key= restores the default.")
]
Save = Annotated[bool, typer.Option("--save", help="Also write the change to the config file; comments are kept.")]
Directory = Annotated[str, typer.Option("--dir", help=DIR_HELP)]
Run = Annotated[str, typer.Option("--run", help=RUN_HELP)]

camera = typer.Typer(
    help="Find cameras; add, remove, pause and list those of a running Emobot.", no_args_is_help=True, cls=PlainGroup
)
discover.add_to(camera)
test.add_to(camera)


@camera.command("list", cls=PlainCommand)
def show(
    directory: Directory = "",
    run: Run = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the cameras, their states and those of their processes."""
    from rich.table import Table

    from pipeline.cli.tables import plain_console

    place = find_run(directory, run)
    tables = change(place, Change())
    states = read_counts(place / "metrics").chosen(names.STATE, "camera", "state")
    rows = [
        (name, states.get(name, "connecting"), tables.states[name], keys)
        for name, keys in tables.config["camera"].items()
    ]
    if as_json:
        found = [
            {"name": name, "state": state, "process": process, "options": redact_all(keys)}
            for name, state, process, keys in rows
        ]
        print(json.dumps(found, indent=2, default=str))
        return
    table = Table("camera", "state", "process", "source", box=None)
    for name, state, process, keys in rows:
        table.add_row(name, state, process, redact(str(keys.get("source", keys.get("use", "")))))
    plain_console().print(table)


@camera.command(cls=PlainCommand)
def add(
    name: Name,
    source: Annotated[str, typer.Argument(help="The source, as in config.toml.")],
    keys: Keys = None,
    save: Save = False,
    directory: Directory = "",
    run: Run = "",
) -> None:
    """Add a camera; the other cameras keep running."""
    place = find_run(directory, run)
    if name in change(place, Change()).config["camera"]:
        raise ConfigError(
            f"expected the name of a new camera, found {name}, which exists: change it with `emobot camera set`"
        )
    _change(place, f"camera.{name}", {"source": source, **parse_table(keys)}, save)


@camera.command(cls=PlainCommand)
def remove(name: Name, save: Save = False, directory: Directory = "", run: Run = "") -> None:
    """Remove a camera."""
    _change(find_run(directory, run), f"camera.{name}", None, save)


@camera.command(cls=PlainCommand)
def pause(name: Name, save: Save = False, directory: Directory = "", run: Run = "") -> None:
    """Stop a camera but keep its table (`enabled = false`)."""
    _change_known(find_run(directory, run), name, {"enabled": False}, save)


@camera.command(cls=PlainCommand)
def resume(name: Name, save: Save = False, directory: Directory = "", run: Run = "") -> None:
    """Start a paused camera again."""
    _change_known(find_run(directory, run), name, {"enabled": None}, save)


@camera.command("set", cls=PlainCommand)
def set_camera(name: Name, keys: Changes = None, save: Save = False, directory: Directory = "", run: Run = "") -> None:
    """Change a camera's options, or restore their defaults; its process restarts with them."""
    wanted = parse_changes(keys)
    _change_known(find_run(directory, run), name, wanted, save)


def set_stage(
    table: Annotated[str, typer.Argument(help="detect, landmarks, emotion, overlay or stage.NAME.")],
    keys: Changes = None,
    save: Save = False,
    directory: Directory = "",
    run: Run = "",
) -> None:
    """Change a stage's options while it runs: thresholds, smoothing, the language of labels.

    Only the processes of this stage restart.
    """
    wanted = parse_changes(keys)
    _change(find_run(directory, run), table, wanted, save)


def _change_known(directory: Path, name: str, keys: dict[str, Any], save: bool) -> None:
    known = change(directory, Change()).config["camera"]
    if name not in known:
        raise ConfigError(f"expected one of {', '.join(known) or 'no camera'}, found {name}")
    _change(directory, f"camera.{name}", keys, save)


def _change(directory: Path, table: str, keys: dict[str, Any] | None, save: bool) -> Tables:
    return change(directory, Change(table=table, keys=keys, save=save))
