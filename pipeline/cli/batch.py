"""`emobot batch`: recorded files."""

import os
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from pipeline.batch.batch import Batch
from pipeline.batch.ledger import Entry, Ledger, find_inputs
from pipeline.batch.results import language_of
from pipeline.batch.shards import parse_shard
from pipeline.batch.workers import living
from pipeline.cli.tables import plain_console
from pipeline.config.config import Config, Log, load_config
from pipeline.errors import EXIT_FAILED, ConfigError, InputError
from pipeline.messages import Language
from pipeline.metrics.camera_totals import CameraSummary, summarize
from pipeline.worker.logs import set_up_logging

REFRESH_S = 0.5
INTERRUPTED = 130
"""Exit code after Ctrl-C, by the shells' convention."""


def batch(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Recordings, or folders of them.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results.")] = None,
    jobs: Annotated[int, typer.Option(help="How many files are read at once; 0: one for each core, at most four.")] = 0,
    video: Annotated[bool, typer.Option(help="Write annotated videos.")] = True,
    pictures: Annotated[bool, typer.Option(help="Show faces in the report, at the moments of change.")] = False,
    detect_hz: Annotated[
        float | None,
        typer.Option(
            help="Search for faces so many times per second and follow them between, as with cameras: faster."
        ),
    ] = None,
    language: Annotated[
        Language | None,
        typer.Option(help="Of reports, timelines and labels on videos; that of OUT's results, if not given, else en."),
    ] = None,
    started_at: Annotated[
        str,
        typer.Option(
            help="When the recording began: 2026-05-04T09:30:00 (local time unless Z or +HH:MM) or UNIX seconds."
        ),
    ] = "",
    config: Annotated[Path | None, typer.Option(help="Config file for the options of the stages.")] = None,
    shard: Annotated[
        str,
        typer.Option(
            metavar="I/N",
            help="Only part I of N, counted from 0; each file is in one part, whatever files are added. No index.html.",
            show_default=False,
        ),
    ] = "",
    merge: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Write batch.json, reports and index.html of OUT from the results in it."),
    ] = None,
) -> None:
    """Process recordings: annotated video, a row for each face and frame, a summary, a timeline and a report for each.

    Results of FILE are in OUT/<stem of FILE>/, a comparison of several files in OUT/index.html, what became of every
    file in OUT/batch.json. No frame is lost. A file that cannot be read is reported and the others go on; the exit code
    is then 1. Files that are done are skipped when the command is given again, unless the options of the stages or
    `[privacy]` have changed.

    Several of these commands may write into one OUT at once, with the same options: they share the files among them,
    and what one leaves behind that was killed the others take over. See docs/cluster.md.
    """
    if merge is not None:
        if files or out or shard:
            raise ConfigError("expected --merge OUT alone, found files, --out or --shard with it")
        _merge(merge, config, language)
        return
    if not files or out is None:
        raise ConfigError("expected recordings and --out, found " + ("no --out" if files else "no recordings"))
    if jobs < 0:
        raise ConfigError(f"expected --jobs of at least 0, found {jobs}")
    part = parse_shard(shard) if shard else None
    tables = load_config(config) if config else Config(log=Log(level="warning"))
    if detect_hz is not None:
        tables = replace(tables, detect={**tables.detect, "detect_hz": detect_hz})
    set_up_logging(tables.log.level, "emobot")
    ledger = Ledger(out)
    language = language or _language_of(out, ledger.entries())
    jobs = jobs or min(4, len(os.sched_getaffinity(0)))
    work = Batch(
        tables,
        ledger,
        out,
        video=video,
        pictures=pictures,
        jobs=jobs,
        language=language,
        started_at=_moment(started_at),
    )
    inputs = [file for file in find_inputs(files) if part is None or part.has(file)]
    # neither the ledger nor a page can hold such a name
    unprintable = [file for file in inputs if not _is_text(file)]
    entries = ledger.enter(file for file in inputs if _is_text(file))
    waiting = [entry for entry in entries if not work.is_done(entry)]
    console = plain_console()
    with Progress(*columns(), console=console, disable=not console.is_terminal) as progress:
        finished = work.run(waiting, _Display(progress))
    now = {entry.source: entry for entry in ledger.entries()}
    before = {entry.source for entry in entries} - {entry.source for entry in waiting}
    entries = [now[entry.source] for entry in entries]
    elsewhere = {e.source for e in entries if e.status in ("done", "failed")} - before - work.settled
    pages = _write_reports(out, tables, language, None if part is None else entries)
    notes = dict.fromkeys(before, " before") | dict.fromkeys(elsewhere, " elsewhere")
    console.print(_table(entries, notes))
    _print_errors(entries, unprintable)
    for page in pages[:1]:
        console.print(f"report: {page}", soft_wrap=True)
    if not finished:
        raise typer.Exit(INTERRUPTED)
    if unprintable or any(entry.status != "done" for entry in entries):
        raise typer.Exit(EXIT_FAILED)


def _moment(text: str) -> float:
    """Return UNIX seconds, 0 for no text."""
    if not text:
        return 0.0
    try:
        moment = float(text) if text.replace(".", "", 1).isdecimal() else datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        moment = -1.0
    if moment <= 0:
        raise ConfigError(f"expected --started-at as 2026-05-04T09:30:00 or UNIX seconds, found {text!r}")
    return moment


def _merge(folder: Path, config: Path | None, language: Language | None) -> None:
    """Make the ledger and the pages of a folder anew.

    Raises:
        ConfigError: There is no such folder, or it holds a `batch.json` that is none.
    """
    if not folder.is_dir():
        raise ConfigError(f"expected a folder with results, found {folder}")
    ledger = Ledger(folder, mend=True)
    entries = ledger.entries()
    tables = load_config(config) if config else Config()
    pages = _write_reports(folder, tables, language or _language_of(folder, entries))
    console = plain_console()
    console.print(_table(entries, {}))
    _print_errors(entries, [])
    for page in pages[:1]:
        console.print(f"report: {page}", soft_wrap=True)
    if any(entry.status != "done" for entry in entries):
        raise typer.Exit(EXIT_FAILED)


def _language_of(out: Path, entries: list[Entry]) -> Language:
    """Return the language of those who work in the folder, else of the results in it."""
    return next((told.language for told in living(out).values()), None) or language_of(
        out / entry.directory for entry in entries
    )


def _print_errors(entries: list[Entry], unprintable: list[Path]) -> None:
    console = plain_console()
    for entry in entries:
        if entry.error:
            console.print(f"{entry.source}: {entry.error}", style="red", soft_wrap=True)
    for file in unprintable:
        name = os.fsencode(file).decode("utf-8", "backslashreplace")
        console.print(f"{name}: expected a name in UTF-8: rename it", style="red", soft_wrap=True)


def _is_text(path: Path) -> bool:
    try:
        str(path.absolute()).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _write_reports(folder: Path, config: Config, language: Language, entries: list[Entry] | None = None) -> list[Path]:
    """Write the pages of everything in a folder, or the reports of some entries only."""
    from stages.report.pages import write_reports

    model = config.emotion.get("model")
    only = None if entries is None else [entry.directory for entry in entries]
    try:
        return list(write_reports(folder, [model] if model else [], language, only))
    except InputError:
        # no file had a result
        return []


def columns() -> list[ProgressColumn]:
    """Return what a file's bar shows; its name as it is."""
    return [
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[fps]:>6.1f} fps"),
        TimeRemainingColumn(),
    ]


class _Display:
    """Shows a bar for each file at work."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}
        self._next = 0.0

    def __call__(self, counters: Path, names: dict[str, Entry]) -> None:
        """Renew the bars, if it is time."""
        if self._progress.disable or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + REFRESH_S
        for camera in summarize(counters):
            if entry := names.get(camera.camera):
                self._renew(entry, camera)

    def _renew(self, entry: Entry, camera: CameraSummary) -> None:
        bar = self._bars.get(entry.source)
        total = camera.duration_s or None
        if bar is None:
            bar = self._bars[entry.source] = self._progress.add_task(entry.directory, total=total, fps=0.0)
        done = entry.status in ("done", "failed")
        at = total if done and total else min(camera.position_s, total or camera.position_s)
        self._progress.update(bar, completed=at, total=total, fps=camera.fps, visible=not done)


def _table(entries: list[Entry], notes: dict[str, str]) -> Table:
    """Return the results of files; a note after the status names by source what this process has not done itself."""
    table = Table(title="Results")
    for name in ("file", "status", "frames in", "frames out", "seconds", "fps"):
        table.add_column(name, justify="left" if name in ("file", "status") else "right", overflow="fold")
    for entry in entries:
        status = entry.status + notes.get(entry.source, "")
        numbers = (str(entry.frames_in), str(entry.frames_out), f"{entry.seconds:.1f}", f"{entry.fps:.1f}")
        table.add_row(Path(entry.source).name, status, *numbers)
    return table
