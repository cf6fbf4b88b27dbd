"""`emobot plot`: draws figures for papers and slides."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import ConfigError, InputError
from pipeline.messages import Language

KINDS = ("timeline", "distribution", "ethogram")


def plot(
    results: Annotated[list[Path], typer.Argument(help="Results of batches, or of single recordings.")],
    kind: Annotated[str, typer.Option(help="timeline, distribution or ethogram.")] = "timeline",
    format_: Annotated[
        str, typer.Option("--format", help="svg, pdf or png; the ending of --out, else svg, if not given.")
    ] = "",
    style: Annotated[str, typer.Option(help="column (85 mm), paper (180 mm) or slide (16:9).")] = "paper",
    out: Annotated[
        Path | None, typer.Option(help="The file to write; plot-KIND in the first folder of results if not given.")
    ] = None,
    participants: Annotated[
        Path | None, typer.Option(help="CSV with file, participant and condition, as for emobot table.")
    ] = None,
    pattern: Annotated[
        str, typer.Option(help="End of the recordings' paths, as {condition}/* for a folder per condition.")
    ] = "",
    by: Annotated[
        str, typer.Option(help="Column that groups recordings, with --participants or --pattern.")
    ] = "condition",
    language: Annotated[
        Language | None, typer.Option(help="Language of the figure; that of the results if not given.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the figure although it was edited since it was drawn.")
    ] = False,
) -> None:
    """Draw a figure of one or several recordings, in colours that colour-blind people can tell apart.

    timeline: probabilities over time and the label, for each person. ethogram: a line for each person and label.
    distribution: shares of time, for each person, recording or group. The same results give the same file.

    Without --out, a figure that someone has edited is kept, and the exit code is 1. A file named by --out is replaced.
    """
    # the program imports every command at its start; import what draws only when needed
    from models.display.wording import Wording
    from stages.results.export.beside import put_beside
    from stages.results.figures.distribution import draw_distribution
    from stages.results.figures.people import read_shown
    from stages.results.figures.rows import draw_ethogram, draw_timeline
    from stages.results.figures.style import FORMATS, checked
    from stages.results.figures.texts import FIGURE_TEXTS
    from stages.results.reading import find_results

    draw = dict(zip(KINDS, (draw_timeline, draw_distribution, draw_ethogram), strict=True)).get(kind)
    if draw is None:
        raise ConfigError(f"--kind: expected one of {', '.join(KINDS)}, found {kind!r}")
    ending = format_ or (out.suffix[1:].lower() if out else "") or "svg"
    chosen = checked(ending, style)
    path = out or results[0] / f"plot-{kind}.{ending}"
    if format_ and path.suffix[1:].lower() in {*FORMATS} - {ending}:
        raise ConfigError(f"--format: expected {path.suffix[1:].lower()}, as --out ends, found {format_!r}")
    if path.suffix.lower() != f".{ending}":
        path = path.with_name(f"{path.name}.{ending}")
    shown = read_shown(find_results(results), participants, pattern, by)
    spoken = language or shown[0].results.summary.language
    draw_it = partial(draw, shown, style=chosen, say=Wording(spoken, FIGURE_TEXTS[spoken]))
    if out is None:
        put_beside("plot", results[0], f"plot-{kind}", [(f".{ending}", draw_it)], overwrite=overwrite)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draw_it(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    print(path)
