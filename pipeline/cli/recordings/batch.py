"""`emobot batch`: process recordings."""

import os
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace
from rich.progress import Progress
from rich.table import Table

from pipeline.batch.batch import Batch
from pipeline.batch.ledger import Entry, Ledger, find_inputs
from pipeline.batch.results import SUMMARY, language_of
from pipeline.batch.shards import parse_shard
from pipeline.batch.workers import living
from pipeline.cli.recordings.baseline import check_baseline, measure_baselines
from pipeline.cli.recordings.progress import Display, columns
from pipeline.cli.recordings.source_options import source_options, zones_of
from pipeline.cli.tables import plain_console
from pipeline.config.config import Config, Log, load_config
from pipeline.errors import EXIT_FAILED, ConfigError, InputError
from pipeline.messages import Language
from pipeline.worker.logs import set_up_logging
from stages.results.export.formats import Format
from stages.results.persons.command import choose_seats, join_tracks

INTERRUPTED = 130
"""Exit code after Ctrl-C, by the shells' convention."""


def batch(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Recordings, or folders with recordings.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results.")] = None,
    jobs: Annotated[int, typer.Option(help="Files processed in parallel (0 = one per core, at most four).")] = 0,
    video: Annotated[bool, typer.Option(help="Write annotated videos.")] = True,
    pictures: Annotated[bool, typer.Option(help="Show faces in the report at the moments of change.")] = False,
    every_frame: Annotated[bool, typer.Option(help="Add a row to the table for each frame without a face.")] = False,
    parquet: Annotated[bool, typer.Option(help="Write faces.parquet beside faces.csv.")] = True,
    detect_hz: Annotated[
        float | None,
        typer.Option(
            help="Face detections per second; faces are tracked in between, as with cameras: faster than every frame."
        ),
    ] = None,
    thorough: Annotated[
        bool, typer.Option(help="Search every frame completely for faces, also for far ones: ten times slower.")
    ] = False,
    one_person: Annotated[
        bool, typer.Option("--one-person", help="There is one person: join all tracks in persons.csv.")
    ] = False,
    seats: Annotated[
        int | None,
        typer.Option(
            help="Number of people who keep their places: join tracks by place in persons.csv (0: do not join).",
            min=0,
            show_default=False,
        ),
    ] = None,
    baseline: Annotated[
        str, typer.Option(help="Add columns without each person's own neutral face: as emobot baseline --of 0-10s.")
    ] = "",
    language: Annotated[
        Language | None,
        typer.Option(help="Language of reports, timelines and labels; default: that of OUT's results, otherwise en."),
    ] = None,
    started_at: Annotated[
        str,
        typer.Option(
            help="Start of the recording: 2026-05-04T09:30:00 (local time unless Z or +HH:MM) or UNIX seconds."
        ),
    ] = "",
    from_: Annotated[
        str, typer.Option("--from", metavar="TIME", help="Start of the part to process: seconds or H:MM:SS.")
    ] = "",
    to: Annotated[str, typer.Option(metavar="TIME", help="End of this part; default: the end of the recording.")] = "",
    region: Annotated[
        str,
        typer.Option(
            metavar="X,Y,W,H", help="Detect faces only in this part of the frame: shares of its size, 0.5,0,0.5,1."
        ),
    ] = "",
    zones: Annotated[
        str, typer.Option(metavar="CAMERA", help="Write zones.csv, with the zones of [camera.CAMERA] in --config.")
    ] = "",
    config: Annotated[Path | None, typer.Option(help="Config file with the options of the stages.")] = None,
    export: Annotated[
        list[Format] | None,
        typer.Option(help="Write this format of `emobot export`, too; several: repeat the option.", show_default=False),
    ] = None,
    shard: Annotated[
        str,
        typer.Option(
            metavar="I/N",
            help="Process only part I of N, counted from 0; a file's part depends only on its name. No index.html.",
            show_default=False,
        ),
    ] = "",
    merge: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Rebuild batch.json, the reports and index.html of OUT from its results."),
    ] = None,
) -> None:
    """Process recordings; each gets an annotated video, a row per face and frame, a summary, a timeline and a report.

    The results of FILE are in OUT/<stem of FILE>/, a comparison of several files is in OUT/index.html, and the status
    of every file is in OUT/batch.json. No frame is dropped. A file that cannot be read is reported, the other files are
    processed, and the exit code is 1. A second run skips the files that are done, unless the options of the stages or
    `[privacy]` have changed.

    Several commands with the same options may write to one OUT at the same time: they share the files, and take over
    the files of a command that was killed. See docs/cluster.md.
    """
    if merge is not None:
        if files or out or shard or export:
            raise ConfigError("expected --merge OUT alone, found files, --out, --shard or --export with it")
        _merge(merge, config, language)
        return
    if not files or out is None:
        raise ConfigError("expected recordings and --out, found " + ("no --out" if files else "no recordings"))
    if jobs < 0:
        raise ConfigError(f"expected --jobs of at least 0, found {jobs}")
    seats = choose_seats(one_person, seats)
    check_baseline(baseline)
    part = parse_shard(shard) if shard else None
    tables = load_config(config) if config else Config(log=Log(level="warning"))
    if detect_hz is not None:
        tables = replace(tables, detect={**tables.detect, "detect_hz": detect_hz})
    if thorough:
        tables = replace(tables, detect={**tables.detect, "thorough": True})
    set_up_logging(tables.log.level, "emobot")
    ledger = Ledger(out)
    language = language or _language_of(out, ledger.entries())
    jobs = jobs or min(4, len(os.sched_getaffinity(0)))
    source = source_options(started_at=started_at, from_=from_, to=to, region=region, zones=zones_of(tables, zones))
    work = Batch(
        tables,
        ledger,
        out,
        video=video,
        pictures=pictures,
        jobs=jobs,
        language=language,
        source=source,
        every_frame=every_frame,
        parquet=parquet,
    )
    inputs = [file for file in find_inputs(files) if part is None or part.has(file)]
    # neither the ledger nor a page can contain such a name
    unprintable = [file for file in inputs if not _is_text(file)]
    entries = ledger.enter(file for file in inputs if _is_text(file))
    waiting = [entry for entry in entries if not work.is_done(entry)]
    console = plain_console()
    with Progress(*columns(), console=console, disable=not console.is_terminal) as progress:
        finished = work.run(waiting, Display(progress))
    now = {entry.source: entry for entry in ledger.entries()}
    before = {entry.source for entry in entries} - {entry.source for entry in waiting}
    entries = [now[entry.source] for entry in entries]
    elsewhere = {e.source for e in entries if e.status in ("done", "failed")} - before - work.settled
    places = [out / entry.directory for entry in entries if (out / entry.directory / SUMMARY).exists()]
    join_tracks(places, seats)
    model = tables.emotion.get("model")
    refused = bool(baseline) and len(measure_baselines(places, baseline, [model] if model else [])) < len(places)
    pages = _write_reports(out, tables, language, None if part is None else entries)
    notes = dict.fromkeys(before, " before") | dict.fromkeys(elsewhere, " elsewhere")
    console.print(_table(entries, notes))
    _print_errors(entries, unprintable)
    for page in pages[:1]:
        console.print(f"report: {page}", soft_wrap=True)
    exported = _export(out, entries, export or [])
    if not finished:
        raise typer.Exit(INTERRUPTED)
    if refused or unprintable or not exported or any(entry.status != "done" for entry in entries):
        raise typer.Exit(EXIT_FAILED)


def _merge(folder: Path, config: Path | None, language: Language | None) -> None:
    """Rebuild the ledger and the pages of a folder.

    Raises:
        ConfigError: There is no such folder, or its `batch.json` is not a ledger.
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
    """Return the language of the processes that work in the folder, otherwise of its results."""
    return next((settings.language for settings in living(out).values()), None) or language_of(
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
    """Write all pages of a folder, or only the reports of some entries."""
    from stages.report.pages import write_reports

    model = config.emotion.get("model")
    only = None if entries is None else [entry.directory for entry in entries]
    try:
        return list(write_reports(folder, [model] if model else [], language, only))
    except InputError as error:
        if any((folder / entry.directory / SUMMARY).exists() for entry in Ledger(folder).entries()):
            plain_console().print(str(error), style="red", soft_wrap=True)
        # otherwise no file had a result
        return []


def _export(folder: Path, entries: list[Entry], formats: list[Format]) -> bool:
    """Write the formats of each recording with results; return whether all were written."""
    if not formats:
        return True
    from stages.results.export.command import export_all
    from stages.results.reading import has_results

    return export_all([place for entry in entries if has_results(place := folder / entry.directory)], formats)


def _table(entries: list[Entry], notes: dict[str, str]) -> Table:
    """Return the table of results; `notes`, by source, mark files that this process did not process itself."""
    table = Table(title="Results")
    for name in ("file", "status", "frames in", "frames out", "seconds", "fps"):
        table.add_column(name, justify="left" if name in ("file", "status") else "right", overflow="fold")
    for entry in entries:
        status = entry.status + notes.get(entry.source, "")
        numbers = (str(entry.frames_in), str(entry.frames_out), f"{entry.seconds:.1f}", f"{entry.fps:.1f}")
        table.add_row(Path(entry.source).name, status, *numbers)
    return table
