"""`emobot batch --merge`: the ledger and the pages of a folder, from its results."""

import logging
from collections import Counter
from pathlib import Path

import typer

from pipeline.batch.ledger import NAME, RECORD, Entry, Ledger
from pipeline.cli.recordings.outcome import language_in, print_errors, results_table, write_reports
from pipeline.cli.recordings.output_folder import output_folder
from pipeline.cli.tables import plain_console
from pipeline.config.config import Config, load_config
from pipeline.errors import EXIT_FAILED, ConfigError, InputError
from pipeline.messages import Language
from pipeline.redaction import redact

log = logging.getLogger("emobot")


def merge_results(out: str, config: Path | None, language: Language | None) -> None:
    """Rebuild the ledger and the pages of a folder.

    Raises:
        ConfigError: There is no such folder, or its `batch.json` is not a ledger.
        InputError: It holds no results.
    """
    with output_folder(out) as place:
        if not out or (not place.is_remote and not place.folder.is_dir()):
            raise ConfigError(f"expected a folder with results, found {out or 'nothing'}")
        place.fetch(None, ledger=True)
        has_results = any((path / RECORD).exists() for path in place.folder.glob("*"))
        ledger = Ledger(place.folder, mend=True) if has_results or (place.folder / NAME).exists() else None
        # a part without a recording leaves a ledger without one
        if ledger is None or not (entries := ledger.entries()):
            raise InputError(f"expected a folder with results, found none in {redact(out)}")
        tables = load_config(config) if config else Config()
        pages, reported = write_reports(place.folder, tables, language or language_in(place.folder, entries))
        errors = place.close(pages=True, sweep=True)
        console = plain_console()
        console.print(results_table(entries, {}))
        if others := _of_other_options(entries):
            log.warning(
                "%d of %d results were made with other options of emobot batch than the rest, %s among them",
                *(len(others), sum(entry.status == "done" for entry in entries), others[0].directory),
            )
        print_errors(entries, errors)
        for page in pages[:1]:
            console.print(f"report: {place.name_of(page)}", soft_wrap=True)
    if errors or not reported or any(entry.status != "done" for entry in entries):
        raise typer.Exit(EXIT_FAILED)


def _of_other_options(entries: list[Entry]) -> list[Entry]:
    """Return the results that were not made with the options of most: parts of a study that cannot be compared."""
    done = [entry for entry in entries if entry.status == "done"]
    usual = Counter(entry.options for entry in done).most_common(1)
    return [entry for entry in done if entry.options != usual[0][0]]
