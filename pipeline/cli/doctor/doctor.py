"""`emobot doctor`: what this machine has, what it lacks, and how to fix it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from pipeline.cli.doctor.examine import examine
from pipeline.cli.lens import Lens
from pipeline.cli.tables import plain_console
from pipeline.errors import EXIT_FAILED, ConfigError

DEFAULT = Path("config.toml")
MARKS = {"good": Text("ok", "green"), "note": Text("--", "yellow"), "missing": Text("!!", "red")}


def doctor(
    config: Annotated[
        Path | None, typer.Argument(help="The config to check; default: config.toml if it exists.", show_default=False)
    ] = None,
    fov: Annotated[
        float | None, typer.Option(help="A lens's horizontal angle, degrees: also say how far faces are found.")
    ] = None,
    width: Annotated[int, typer.Option(help="With --fov: columns of the camera's frames.", min=16, max=16_384)] = 1920,
    height: Annotated[
        int | None,
        typer.Option(help="With --fov: rows of the frames; default: 16:9.", min=16, max=16_384, show_default=False),
    ] = None,
) -> None:
    """Check this machine (GStreamer, codecs, cameras, GPU, models) and show how to fix what is missing.

    The exit code is 1 if a problem (!!) would stop `emobot run`.
    """
    if fov is not None and not 1 <= fov <= 179:
        raise ConfigError(f"expected --fov from 1 to 179 degrees, found {fov:g}")
    config = config or (DEFAULT if DEFAULT.exists() else None)
    console = plain_console()
    table = Table(show_header=False, box=None, pad_edge=False)
    findings = list(examine(config, Lens(fov, width, height or width * 9 // 16) if fov is not None else None))
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
