"""`emobot report`: writes reports from tables."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import ConfigError, InputError
from pipeline.messages import Language
from stages.results.persons.command import choose_seats, join_tracks


def report(
    folder: Annotated[Path, typer.Argument(help="Results of a batch, or of one recording.")],
    model: Annotated[
        list[Path] | None, typer.Option(help="Path of a .keras file that does not ship with Emobot, to find its card.")
    ] = None,
    language: Annotated[
        Language | None, typer.Option(help="Language of the reports and timelines; unchanged if not given.")
    ] = None,
    one_person: Annotated[
        bool, typer.Option("--one-person", help="There is one person: join all tracks in persons.csv.")
    ] = False,
    seats: Annotated[
        int | None,
        typer.Option(help="Number of people who keep their places: join tracks by place (0: do not join).", min=0),
    ] = None,
) -> None:
    """Rewrite the reports of recordings from faces.csv, summary.json and persons.csv.

    Edit persons.csv first: the same name twice is one person, an empty name or "-" leaves a track out.

    Each folder with results gets a report.html; a folder of several gets an index.html that compares them. Pictures
    appear only if `emobot batch --pictures` saved them. A mistake in one recording is reported, the others are written,
    and the exit code is 1.
    """
    # the program imports every command at its start; import what draws pages only when needed
    from stages.report.pages import write_reports
    from stages.results.reading import find_results

    if not folder.is_dir():
        raise ConfigError(f"expected a folder with results, found {folder}")
    if (chosen := choose_seats(one_person, seats)) is not None:
        join_tracks(find_results([folder]), chosen)
    written = write_reports(folder, [str(path) for path in model or ()], language)
    for page in written.pages:
        print(page)
    if written.mistakes:
        raise InputError("\n".join(written.mistakes))
