"""Writes what a command makes of results beside them, under names that it chooses: nothing edited is replaced."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from pipeline.errors import EXIT_FAILED, InputError
from stages.results.export.exported import Exported, Exports


def put_beside(
    command: str,
    folder: Path,
    stem: str,
    make: Sequence[tuple[str, Callable[[Path], object]]],
    out: Path | None = None,
    *,
    source: Path | None = None,
    overwrite: bool = False,
) -> None:
    """Write files, print their paths, and print a line for each that someone has edited and that is kept.

    Args:
        command: The command, for messages.
        folder: The results of which they are made.
        stem: What their names begin with; in a folder of several recordings, a number may follow.
        make: What their names end with, and what writes a file of this ending.
        out: Another folder than that of the results, made if absent.
        source: What they are made of beside the results; of two with one name, the second one's get a number.
        overwrite: Whether to replace edited files, too.

    Raises:
        InputError: A file cannot be read or written.
        typer.Exit: A file was kept.
    """
    place = out or folder
    exported = Exported(place, folder, command, source)
    base = exported.base(stem, [ending for ending, _ in make])
    done: list[Exports] = []
    try:
        place.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory() as work:
            for ending, write in make:
                write(made := Path(work, f"made{ending}"))
                name = f"{base}{ending}"
                # a name of its own is a kind of its own: another format replaces no earlier one
                kind = name.replace(" of ", "_of_")
                done.append(exported.put(kind, [(name, made.read_bytes())], overwrite=overwrite))
    except OSError as error:
        raise InputError(f"cannot write into {place}: {error.strerror}") from error
    finally:
        exported.save()
    for path in (path for one in done for path in one.files):
        print(path)
    kept = [line for one in done for line in one.kept]
    for line in kept:
        typer.echo(f"emobot: {line}", err=True)
    if kept:
        raise typer.Exit(EXIT_FAILED)
