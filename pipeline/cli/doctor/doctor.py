"""`emobot doctor`: what this machine has, what it lacks, and how to fix it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from pipeline.cli.doctor.examine import examine
from pipeline.cli.tables import plain_console
from pipeline.errors import EXIT_FAILED

DEFAULT = Path("config.toml")
MARKS = {"good": Text("ok", "green"), "note": Text("--", "yellow"), "missing": Text("!!", "red")}


def doctor(
    config: Annotated[
        Path | None, typer.Argument(help="The config to check; default: config.toml if it exists.", show_default=False)
    ] = None,
) -> None:
    """Check this machine (GStreamer, codecs, cameras, GPU, models) and show how to fix what is missing.

    The exit code is 1 if a problem (!!) would stop `emobot run`.
    """
    config = config or (DEFAULT if DEFAULT.exists() else None)
    console = plain_console()
    table = Table(show_header=False, box=None, pad_edge=False)
    findings = list(examine(config))
    for finding in findings:
        text = Text(finding.text)
        if finding.todo:
            text.append(f"\n→ {finding.todo}", style="cyan")
        table.add_row(MARKS[finding.state], finding.what, text)
    console.print(table)
    stopping = sum(finding.state == "missing" for finding in findings)
    if stopping:
        console.print(f"{stopping} of these problems would stop a run.", style="red")
        raise typer.Exit(EXIT_FAILED)
    console.print("No problem would stop a run." + ("" if config else " Pass a config to check it as well."))
