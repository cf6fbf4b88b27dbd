"""`emobot report`: writes reports from tables."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import ConfigError
from pipeline.messages import Language


def report(
    folder: Annotated[Path, typer.Argument(help="Results of a batch, or of one recording.")],
    model: Annotated[
        list[Path] | None, typer.Option(help="Path of a .keras file that does not ship with Emobot, to find its card.")
    ] = None,
    language: Annotated[
        Language | None, typer.Option(help="Language of the reports and timelines; unchanged if not given.")
    ] = None,
) -> None:
    """Rewrite the reports of recordings from faces.csv and summary.json.

    Each folder with results gets a report.html; a folder of several gets an index.html that compares them. Pictures
    appear only if `emobot batch --pictures` saved them.
    """
    # the program imports every command at its start; import what draws pages only when needed
    from stages.report.pages import write_reports

    if not folder.is_dir():
        raise ConfigError(f"expected a folder with results, found {folder}")
    for page in write_reports(folder, [str(path) for path in model or ()], language):
        print(page)
