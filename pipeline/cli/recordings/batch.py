"""`emobot batch`: process recordings."""

import os
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace
from rich.progress import Progress

from pipeline.batch.batch import Batch
from pipeline.batch.fetching import run_here
from pipeline.batch.interruption import ended_by_sigterm
from pipeline.batch.ledger import Ledger
from pipeline.batch.places import find_inputs
from pipeline.batch.results import SUMMARY
from pipeline.batch.shards import parse_shard
from pipeline.cli.recordings.baseline import check_baseline, measure_baselines
from pipeline.cli.recordings.cluster import check_cluster, on_cluster
from pipeline.cli.recordings.merging import merge_results
from pipeline.cli.recordings.outcome import (
    export_results,
    is_text,
    language_in,
    print_errors,
    refuse_names,
    results_table,
    write_reports,
)
from pipeline.cli.recordings.output_folder import output_folder
from pipeline.cli.recordings.progress import Display, columns
from pipeline.cli.recordings.source_options import source_options, zones_of
from pipeline.cli.tables import plain_console
from pipeline.config.config import Config, Log, load_config
from pipeline.errors import EXIT_FAILED, ConfigError
from pipeline.messages import Language
from pipeline.worker.logs import set_up_logging
from stages.results.export.formats import Format
from stages.results.export.keeping import keep_files
from stages.results.persons.command import choose_seats, join_tracks

INTERRUPTED = 130
"""Exit code after Ctrl-C, by the shells' convention."""


def batch(
    files: Annotated[
        list[str] | None, typer.Argument(help="Recordings, folders with recordings, or their URLs.", show_default=False)
    ] = None,
    out: Annotated[str, typer.Option(help="Folder for the results, or its URL.", show_default=False)] = "",
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
    landmarks: Annotated[
        bool, typer.Option("--landmarks", help="Measure head pose, facing, eyes and mouth: as [landmarks] in --config.")
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
    rotate: Annotated[
        int,
        typer.Option(metavar="DEGREES", help="Turn the frames clockwise: 90, 180 or 270, after the file's own turn."),
    ] = 0,
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
        str | None,
        typer.Option(
            metavar="I/N",
            help="Process only part I of N, counted from 0; a file's part depends only on its name. No index.html.",
            show_default=False,
        ),
    ] = None,
    merge: Annotated[
        str | None,
        typer.Option(
            metavar="OUT",
            help="Rebuild batch.json, the reports and index.html of OUT from its results.",
            show_default=False,
        ),
    ] = None,
    ray: Annotated[
        str,
        typer.Option(
            metavar="[ADDRESS]",
            help="Process recordings on a cluster of Ray: HOST:PORT, default: the one on this machine, or a new one.",
            show_default=False,
        ),
    ] = "",
    ray_cores: Annotated[float, typer.Option(metavar="N", help="Cores of a node that a recording takes.")] = 1.0,
    ray_gpu: Annotated[float, typer.Option(metavar="N", help="Share of a graphics card that it takes.")] = 0.0,
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
        if files or out or shard is not None or export:
            raise ConfigError("expected --merge OUT alone, found files, --out, --shard or --export with it")
        merge_results(merge, config, language)
        return
    if not files or not out:
        raise ConfigError("expected recordings and --out, found " + ("no --out" if files else "no recordings"))
    if jobs < 0:
        raise ConfigError(f"expected --jobs of at least 0, found {jobs}")
    seats = choose_seats(one_person, seats)
    check_baseline(baseline)
    share = check_cluster(ray, ray_cores, ray_gpu)
    part = None if shard is None else parse_shard(shard)
    tables = load_config(config) if config else Config(log=Log(level="warning"))
    if detect_hz is not None:
        tables = replace(tables, detect={**tables.detect, "detect_hz": detect_hz})
    if thorough:
        tables = replace(tables, detect={**tables.detect, "thorough": True})
    if landmarks and tables.landmarks is None:
        tables = replace(tables, landmarks={})
    set_up_logging(tables.log.level, "emobot")
    at_once = jobs or min(4, len(os.sched_getaffinity(0)))
    source = source_options(
        started_at=started_at, from_=from_, to=to, rotate=rotate, region=region, zones=zones_of(tables, zones)
    )
    console = plain_console()
    found = find_inputs(files)
    texts = [file for file in found.files if is_text(file)]
    inputs = [file for file in texts if part is None or part.has(file)]
    errors = [*found.errors, *refuse_names([file for file in found.files if not is_text(file)])]
    with ended_by_sigterm(), output_folder(out) as place, on_cluster(ray, share, jobs) as cluster:
        folder = place.folder
        place.fetch(None if part is None else inputs, ledger=part is None, warns=part is None)
        ledger = Ledger(folder, mend=place.is_remote)
        language = language or language_in(folder, ledger.entries())
        work = Batch(
            tables,
            ledger,
            folder,
            video=video,
            pictures=pictures,
            jobs=at_once,
            language=language,
            source=source,
            every_frame=every_frame,
            parquet=parquet,
            journal=cluster is None,
            run=cluster or run_here,
            finished=place.put,
            keep=keep_files,
        )
        entries = ledger.enter(inputs, place.directories(texts))
        waiting = [entry for entry in entries if not work.is_done(entry)]
        with Progress(*columns(), console=console, disable=not console.is_terminal) as progress:
            finished = work.run(waiting, Display(progress))
        now = {entry.source: entry for entry in ledger.entries()}
        before = {entry.source for entry in entries} - {entry.source for entry in waiting}
        entries = [now[entry.source] for entry in entries]
        elsewhere = {e.source for e in entries if e.status in ("done", "failed")} - before - work.settled
        pages: list[Path] = []
        complete = finished
        if finished:
            places = [folder / entry.directory for entry in entries if (folder / entry.directory / SUMMARY).exists()]
            join_tracks(places, seats)
            model = tables.emotion.get("model")
            models = [model] if model else []
            complete = not baseline or len(measure_baselines(places, baseline, models)) == len(places)
            pages, reported = write_reports(folder, tables, language, None if part is None else entries)
            complete &= export_results(folder, entries, export or []) and reported
        else:
            # thousands of reports would take minutes, and the next run writes them
            errors.append("interrupted before the reports: run the command again")
        errors += place.close(pages=part is None, patient=finished)
        notes = dict.fromkeys(before, " before") | dict.fromkeys(elsewhere, " elsewhere")
        console.print(results_table(entries, notes))
        print_errors(entries, errors)
        for page in pages[:1]:
            console.print(f"report: {place.name_of(page)}", soft_wrap=True)
    if not finished:
        raise typer.Exit(INTERRUPTED)
    if errors or not complete or any(entry.status != "done" for entry in entries):
        raise typer.Exit(EXIT_FAILED)
