"""`emobot camera discover`: the cameras of this machine and its networks."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.help import PlainCommand
from pipeline.errors import ConfigError, InputError

Row = Mapping[str, str | int | float]


def add_to(group: typer.Typer) -> None:
    """Add the command to a group of commands."""
    group.command(cls=PlainCommand)(discover)


def discover(
    hosts: Annotated[list[str] | None, typer.Argument(help="Addresses of cameras whose streams to list.")] = None,
    credentials_env: Annotated[
        str,
        typer.Option(help="Environment variable with the cameras' user:password; sent to the given addresses only."),
    ] = "",
    seconds: Annotated[float, typer.Option(help="How long to wait for answers.", min=0.1, max=60)] = 3.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find cameras: those plugged in, and network cameras by ONVIF; with their addresses, list their streams."""
    rows, mistakes = _streams(hosts, credentials_env) if hosts else ([*_plugged_in(), *_devices(seconds)], [])
    if as_json:
        print(json.dumps(rows, indent=2))
    elif rows or not mistakes:
        _print_table(rows, bool(hosts))
    if mistakes:
        raise InputError("\n".join(mistakes))


def _print_table(rows: Sequence[Row], asked: bool) -> None:
    from rich.table import Table

    from pipeline.cli.tables import plain_console

    names = list(rows[0]) if rows else []
    table = Table(*names, box=None)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    plain_console(200).print(table if rows else _nothing(asked))


def _nothing(asked: bool) -> str:
    """Return why there may be no camera; `asked`: addresses were given."""
    from stages.web.access.listener import addresses

    if not asked and not addresses():
        return "no camera found: none is plugged in, and this machine is on no network"
    return "no camera found; some announce themselves only if ONVIF is switched on"


def _plugged_in() -> list[Row]:
    """Return the cameras of this machine, by the name that stays the same when they are plugged in again."""
    lasting = {os.path.realpath(path): str(path) for path in sorted(Path("/dev/v4l/by-id").glob("*"))}
    rows: list[Row] = []
    for path in sorted(Path("/sys/class/video4linux").glob("video*")):
        # a camera has further devices for its metadata, which give no frames
        if (path / "index").read_text(encoding="utf-8").strip() == "0":
            source = lasting.get(f"/dev/{path.name}", f"/dev/{path.name}")
            rows.append(
                {"camera": (path / "name").read_text(encoding="utf-8").strip(), "model": "USB", "source": source}
            )
    return rows


def _devices(seconds: float) -> list[Row]:
    from stages.media.onvif.devices import find_devices

    return [
        {"camera": one.name or "ONVIF", "model": one.model, "source": f"emobot camera discover {one.host}"}
        for one in find_devices(seconds)
    ]


def _streams(hosts: list[str], credentials_env: str) -> tuple[list[Row], list[str]]:
    """Return the streams of cameras, and a line for each camera that gives none."""
    from stages.media.address import read_credentials
    from stages.media.onvif.streams import find_streams

    user, password = read_credentials(credentials_env) if credentials_env else ("", "")
    rows: list[Row] = []
    mistakes = []
    for host in hosts:
        try:
            rows += [{"camera": host, **stream._asdict()} for stream in find_streams(host, user, password)]
        except (ConfigError, InputError) as error:
            mistakes.append(str(error))
    return rows, mistakes
