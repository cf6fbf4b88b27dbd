"""`emobot baseline`: measure what people's neutral faces look like, and report without it."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.tables import plain_console
from pipeline.errors import ConfigError, InputError


def baseline(
    results: Annotated[list[Path], typer.Argument(help="Folders of a batch, or of single recordings.")],
    of: Annotated[
        str,
        typer.Option(
            help="Time in which people were neutral: 0-10s, 1:05-1:15, or the folder of results of a neutral clip."
        ),
    ] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Remove the columns again.")] = False,
    model: Annotated[
        list[Path] | None, typer.Option(help="Path of a .keras file that does not ship with Emobot, to find its card.")
    ] = None,
) -> None:
    """Compare people with their own neutral face: adds the columns baseline_angry to baseline_label to faces.csv.

    In logits, a person's mean over the time in which they were neutral, minus the network's mean over the neutral faces
    of many people, is subtracted. The other columns, labels and figures stay. Nothing is processed again. At least two
    seconds and thirty faces of a person are needed.
    """
    # the program imports every command at its start; import what reads tables only when needed
    from stages.report.pages import write_report
    from stages.results.baseline.measuring import remove_baseline
    from stages.results.reading import find_results

    if remove == bool(of):
        raise ConfigError("expected --of or --remove, found " + ("both" if of else "neither"))
    models = [str(path) for path in model or ()]
    folders = find_results(results)
    done = folders if remove else measure_baselines(folders, of, models)
    mistakes = []
    for folder in done:
        try:
            if remove:
                remove_baseline(folder)
            write_report(folder, models=models)
        except InputError as error:
            mistakes.append(str(error))
    if mistakes:
        raise InputError("\n".join(mistakes))
    if len(done) < len(folders):
        raise typer.Exit(InputError.exit_code)


def check_baseline(of: str) -> None:
    """Refuse a baseline that is neither a window nor a folder of results; empty is none.

    Raises:
        ConfigError: It is neither.
    """
    if of:
        from stages.results.baseline.spans import parse_span

        parse_span(of)


def measure_baselines(folders: Iterable[Path], of: str, models: list[str]) -> list[Path]:
    """Measure the baselines of recordings; print a line for each that has none, and return the others.

    Raises:
        ConfigError: `of` is neither a window nor a folder.
    """
    from stages.results.baseline.measuring import measure_baseline
    from stages.results.baseline.spans import parse_span

    span = parse_span(of)
    console = plain_console()
    done = []
    for folder in folders:
        try:
            found = measure_baseline(folder, span, models)
        except InputError as error:
            print(*(f"emobot: {line}" for line in str(error).splitlines()), sep="\n", file=sys.stderr)
            continue
        done.append(folder)
        for one in found.persons:
            line = f"{folder}: {one.name}, {one.faces} faces in {one.seconds:.1f} s, mostly {one.label}"
            console.print(line, soft_wrap=True)
    return done
