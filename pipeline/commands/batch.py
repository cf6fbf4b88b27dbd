"""`emobot batch`: recorded files."""

import importlib
import os
import time
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from pipeline.batch import Batch
from pipeline.config import Config, Log, load_config
from pipeline.errors import EXIT_FAILED, ConfigError, InputError
from pipeline.ledger import Entry, Ledger, find_inputs
from pipeline.logs import set_up_logging
from pipeline.messages import Language
from pipeline.results import language_of
from pipeline.summary import CameraSummary, summarize

REFRESH_S = 0.5
INTERRUPTED = 130
"""Exit code after Ctrl-C, by the shells' convention."""


def batch(
    files: Annotated[list[Path], typer.Argument(help="Recordings, or folders of them.")],
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
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
    config: Annotated[Path | None, typer.Option(help="Config file for the options of the stages.")] = None,
) -> None:
    """Process recordings: annotated video, a row for each face and frame, a summary, a timeline and a report for each.

    Results of FILE are in OUT/<stem of FILE>/, a comparison of several files in OUT/index.html, what became of every
    file in OUT/batch.json. No frame is lost. A file that cannot be read is reported and the others go on; the exit code
    is then 1. Files that are done are skipped when the command is given again, unless the options of the stages or
    `[privacy]` are other ones.
    """
    if jobs < 0:
        raise ConfigError(f"expected --jobs of at least 0, found {jobs}")
    tables = load_config(config) if config else Config(log=Log(level="warning"))
    if detect_hz is not None:
        tables = replace(tables, detect={**tables.detect, "detect_hz": detect_hz})
    set_up_logging(tables.log.level, "emobot")
    ledger = Ledger(out)
    language = language or language_of(out / entry.directory for entry in ledger.entries())
    jobs = jobs or min(4, len(os.sched_getaffinity(0)))
    work = Batch(tables, ledger, out, video=video, pictures=pictures, jobs=jobs, language=language)
    inputs = find_inputs(files)
    # neither the ledger nor a page can hold such a name
    unprintable = [file for file in inputs if not _is_text(file)]
    entries = [ledger.entry(file) for file in inputs if _is_text(file)]
    waiting = [entry for entry in entries if not work.is_done(entry)]
    console = Console()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[fps]:>6.1f} fps"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as progress:
        finished = work.run(waiting, _Display(progress))
    pages = _write_reports(out, tables, language)
    console.print(_table(entries, {entry.source for entry in waiting}))
    for entry in entries:
        if entry.error:
            console.print(f"{entry.source}: {entry.error}", style="red", soft_wrap=True, markup=False)
    for file in unprintable:
        name = os.fsencode(file).decode("utf-8", "backslashreplace")
        console.print(f"{name}: expected a name in UTF-8: rename it", style="red", soft_wrap=True, markup=False)
    for page in pages[:1]:
        console.print(f"report: {page}", soft_wrap=True, markup=False)
    if not finished:
        raise typer.Exit(INTERRUPTED)
    if unprintable or any(entry.status != "done" for entry in entries):
        raise typer.Exit(EXIT_FAILED)


def _is_text(path: Path) -> bool:
    try:
        str(path.absolute()).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _write_reports(folder: Path, config: Config, language: Language) -> list[Path]:
    write_reports = importlib.import_module("stages.report.pages").write_reports
    model = config.emotion.get("model")
    try:
        return list(write_reports(folder, [model] if model else [], language))
    except InputError:
        # no file had a result
        return []


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
        done = entry.status != "waiting"
        at = total if done and total else min(camera.position_s, total or camera.position_s)
        self._progress.update(bar, completed=at, total=total, fps=camera.fps, visible=not done)


def _table(entries: list[Entry], processed: set[str]) -> Table:
    table = Table(title="Results")
    for name in ("file", "status", "frames in", "frames out", "seconds", "fps"):
        table.add_column(name, justify="left" if name in ("file", "status") else "right", overflow="fold")
    for entry in entries:
        status = entry.status if entry.source in processed else f"{entry.status} before"
        numbers = (str(entry.frames_in), str(entry.frames_out), f"{entry.seconds:.1f}", f"{entry.fps:.1f}")
        table.add_row(Path(entry.source).name, status, *numbers)
    return table
