"""What `emobot batch` writes and prints at its end: reports, exported formats, the table of results."""

import os
from collections.abc import Iterable
from pathlib import Path

from rich.table import Table

from pipeline.batch.ledger import Entry, Ledger
from pipeline.batch.places import path_of
from pipeline.batch.results import SUMMARY, language_of
from pipeline.batch.workers import living
from pipeline.cli.tables import plain_console
from pipeline.config.config import Config
from pipeline.errors import InputError
from pipeline.foreign import one_line
from pipeline.messages import Language
from pipeline.redaction import redact
from stages.results.export.formats import Format
from stages.results.paths import distinct

LONGEST_LINE = 10_000
"""Maximum characters of an error's line."""


def language_in(out: Path, entries: list[Entry]) -> Language:
    """Return the language of the processes that work in the folder, otherwise of its results."""
    return next((settings.language for settings in living(out).values()), None) or language_of(
        out / entry.directory for entry in entries
    )


def print_errors(entries: list[Entry], errors: Iterable[str]) -> None:
    """Print a line for each input that is not done, and lines about others."""
    console = plain_console()
    for entry in entries:
        if entry.error:
            console.print(_plain(f"{entry.source}: {entry.error}"), style="red", soft_wrap=True)
    for line in errors:
        console.print(_plain(line), style="red", soft_wrap=True)


def _plain(line: str) -> str:
    """Return a line without logins, and without what a name in it could do to the terminal."""
    return one_line(redact(line), LONGEST_LINE)


def refuse_names(files: list[str]) -> list[str]:
    """Return a line for each name that is not UTF-8: neither the ledger nor a page can contain it."""
    return [
        f"{os.fsencode(file).decode('utf-8', 'backslashreplace')}: expected a name in UTF-8: rename it"
        for file in files
        if not is_text(file)
    ]


def is_text(file: str) -> bool:
    """Return whether a name is UTF-8."""
    try:
        file.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def write_reports(
    folder: Path, config: Config, language: Language, entries: list[Entry] | None = None
) -> tuple[list[Path], bool]:
    """Write all pages of a folder, or only the reports of some entries; return them, and whether none is missing."""
    from stages.report import pages

    model = config.emotion.get("model")
    only = None if entries is None else [entry.directory for entry in entries]
    try:
        written = pages.write_reports(folder, [model] if model else [], language, only)
    except InputError as error:
        asked = Ledger(folder).entries() if entries is None else entries
        has_results = any((folder / entry.directory / SUMMARY).exists() for entry in asked)
        # otherwise none of the files has a result, as in a part without files
        written = pages.Written([], [str(error)] if has_results else [])
    for mistake in written.mistakes:
        plain_console().print(mistake, style="red", soft_wrap=True)
    return written.pages, not written.mistakes


def export_results(folder: Path, entries: list[Entry], formats: list[Format]) -> bool:
    """Write the formats of each recording with results, except over edited files; return whether no error occurred."""
    if not formats:
        return True
    from stages.results.export.command import export_all
    from stages.results.reading import has_results

    places = [place for entry in entries if has_results(place := folder / entry.directory)]
    return export_all(places, formats, keeps=True)


def results_table(entries: list[Entry], notes: dict[str, str]) -> Table:
    """Return the table of results; `notes`, by source, mark files that this process did not process itself."""
    found = Table(title="Results")
    for name in ("file", "status", "frames in", "frames out", "seconds", "fps"):
        found.add_column(name, justify="left" if name in ("file", "status") else "right", overflow="fold")
    titles = distinct([path_of(redact(entry.source)) for entry in entries])
    for entry, title in zip(entries, titles, strict=True):
        status = entry.status + notes.get(entry.source, "")
        numbers = (str(entry.frames_in), str(entry.frames_out), f"{entry.seconds:.1f}", f"{entry.fps:.1f}")
        found.add_row(one_line(title, LONGEST_LINE), status, *numbers)
    return found
