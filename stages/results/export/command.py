"""`emobot export`: writes finished results as files of other programs."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import EXIT_FAILED, ConfigError, EmobotError
from stages.results.export.formats import Format, export_results


def export(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR", help="Results of batches, or of single recordings.")],
    to: Annotated[
        list[Format],
        typer.Option("--to", help="Format; several: repeat the option.", show_default=False),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder for all files; default: beside each recording's results.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that were edited since they were exported, too.")
    ] = False,
) -> None:
    """Write finished results for ELAN, BORIS, Praat, players, BIDS, FaceReader's or py-feat's readers.

    Each person is a tier of episodes: times with one label. An episode ends where the next frame begins, `uncertain` is
    a label, and a person who is not seen has no episode. Nothing is processed again.

    A file that someone has edited since it was exported is kept; the other files are written, and the exit code is 1.
    """
    # the program imports every command at its start; import numpy and pyarrow only when needed
    from stages.results.reading import find_results

    if not export_all(find_results(folders), to, out, overwrite=overwrite):
        raise typer.Exit(EXIT_FAILED)


def export_all(
    folders: Sequence[Path],
    formats: Iterable[Format],
    out: Path | None = None,
    *,
    overwrite: bool = False,
    keeps: bool = False,
) -> bool:
    """Write recordings in some formats, and print the files and the errors; return whether all were written.

    Args:
        folders: Their results.
        formats: The formats.
        out: Folder for all files, made if absent; None: beside each recording's results.
        overwrite: Whether to replace files that someone has edited.
        keeps: Whether a file that someone has edited, and that is kept, counts as written.

    Raises:
        ConfigError: The folder cannot be made.
    """
    if out:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"--out: expected a folder, found {out}: {error.strerror}") from error
    problems, edited, formats = [], [], list(dict.fromkeys(formats))
    for folder in folders:
        try:
            files, kept = export_results(folder, formats, out, overwrite=overwrite)
        except EmobotError as error:
            # the other recordings are written all the same
            problems.append(str(error))
            continue
        edited += kept
        for path in files:
            print(path)
    for line in problems + edited:
        typer.echo(f"emobot: {line}", err=True)
    return not problems and (keeps or not edited)
