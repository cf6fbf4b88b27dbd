"""`emobot agree`: compares results with what a human coder annotated."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import ConfigError


def agree(
    results: Annotated[Path, typer.Argument(help="Results of one recording.")],
    coding: Annotated[Path, typer.Argument(help="The coder's file: .eaf, .boris, .TextGrid, .csv or .tsv.")],
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", help="The coder's word for a label, as joy=happy. Again for each; joy= leaves it out."),
    ] = None,
    person: Annotated[
        list[str] | None, typer.Option(help="The coder's person or tier, as anna=2. Again for each person.")
    ] = None,
    tier: Annotated[list[str] | None, typer.Option(help="Read this tier, subject or person only.")] = None,
    observation: Annotated[str, typer.Option(help="Observation of a BORIS project.")] = "",
    rest: Annotated[
        str, typer.Option(help="Label of the time that the coder left blank; not compared if not given.")
    ] = "",
    block: Annotated[float, typer.Option(min=0.1, help="Seconds of a block of the bootstrap.")] = 5.0,
    window: Annotated[float, typer.Option(min=0.1, help="Seconds of a window of the ICC.")] = 10.0,
    format_: Annotated[str, typer.Option("--format", help="Format of the figure: svg, pdf or png.")] = "svg",
    style: Annotated[str, typer.Option(help="Size of the figure: column (85 mm), paper (180 mm) or slide.")] = "column",
    out: Annotated[Path | None, typer.Option(help="Folder of the files; that of the results if not given.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that were edited since they were written, too.")
    ] = False,
) -> None:
    """Compare results with a human coder: kappa, F1, confusion, ICC(2,1) and the coder's lag.

    Prints a report. Writes all numbers to agreement-CODING.json and kappa over lags of 2 s to a figure beside it. A
    file that someone has edited is kept, and the exit code is 1.
    """
    # the program imports every command at its start; import what computes and draws only when needed
    import msgspec

    from stages.results.agreement.agree import agree as compared
    from stages.results.agreement.figure import draw_lags
    from stages.results.agreement.matching import pairs_of
    from stages.results.agreement.words import report
    from stages.results.export.beside import put_beside
    from stages.results.figures.style import checked
    from stages.results.reading import find_results, read_results

    checked(format_, style)
    names, people = pairs_of(map_ or (), "--map"), pairs_of(person or (), "--person", unnamed=True)
    folders = find_results([results])
    if len(folders) > 1:
        raise ConfigError(
            f"expected one recording, found {len(folders)} in {results}: {', '.join(f.name for f in folders)}"
        )
    ours = read_results(folders[0])
    found = compared(
        ours,
        coding,
        names=names,
        people=people,
        tiers=tier or (),
        observation=observation,
        rest=rest,
        block_s=block,
        window_s=window,
    )
    print(report(found))

    def write_numbers(path: Path) -> None:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")

    def write_figure(path: Path) -> None:
        draw_lags(found, path, style, ours.summary.language)

    files = [(".json", write_numbers), (f".{format_}", write_figure)]
    put_beside("agree", folders[0], f"agreement-{coding.stem}", files, out, source=coding, overwrite=overwrite)
