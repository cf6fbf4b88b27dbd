"""`emobot report`: the pages for people, from the tables."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import ConfigError
from pipeline.messages import Language


def report(
    folder: Annotated[Path, typer.Argument(help="Results of a batch, or of one recording.")],
    model: Annotated[
        list[Path] | None, typer.Option(help="A .keras file that does not ship with Emobot, for its card.")
    ] = None,
    language: Annotated[
        Language | None, typer.Option(help="Of the pages and timelines; as they were, if not given.")
    ] = None,
) -> None:
    """Write the reports of recordings anew, from faces.csv and summary.json.

    Each folder with results gets a report.html; several in DIR get an index.html that compares them. Pictures are only
    shown if `emobot batch --pictures` has kept them.
    """
    # every command of the program is imported at its start; what draws pages need not be
    from stages.report.pages import write_reports

    if not folder.is_dir():
        raise ConfigError(f"expected a folder with results, found {folder}")
    for page in write_reports(folder, [str(path) for path in model or ()], language):
        print(page)
