"""Finishes the tables of live cameras that a killed process has left under their `.partial` names."""

import csv
import glob
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from models.over_time.episodes import LOST_AFTER_S
from pipeline.batch.columns import ALL_COLUMNS, Column, save_columns
from pipeline.batch.results import DICTIONARY, MARKERS, PARQUET, SUMMARY, TABLE, ZONE_TABLE, Summary, save_summary
from pipeline.errors import InputError
from pipeline.output_path import is_taken
from stages.lsl.marker_table import MOST_DRAWN
from stages.results.markers import read_markers
from stages.table.claim import UNFINISHED, Begun, Claim
from stages.table.files import ParquetFile
from stages.table.people import People, total_seconds
from stages.table.rows import Row, Seen, read_row

BLOCK, REST_S = 1000, 0.005
"""Rows after which the thread rests, and seconds for which it does: live frames come first."""
GAP = 3.0
"""Frame durations without a row that are an absence; fewer may be frames that were dropped."""

log = logging.getLogger(__name__)


class Finisher:
    """A thread that finishes what earlier processes have left; a table may have millions of rows.

    Args:
        path: The `path` of the output.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="finisher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; the next process begins again with the table that is not finished."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        for folder in left_behind(self._path):
            try:
                finish(folder, self._rest)
            except _Ending:
                return
            except (InputError, OSError) as error:
                log.warning("the results in %s are not finished: %s", folder, error)

    def _rest(self) -> None:
        if self._ending.wait(REST_S):
            raise _Ending


class _Ending(Exception):
    """The process ends."""


def left_behind(path: str) -> list[Path]:
    """Return the folders with unfinished results of a path with `{camera}`."""
    pattern = glob.escape(path).replace("{camera}", "*")
    # those with a number behind the name, too
    patterns = [f"{pattern}{end}/{UNFINISHED}" for end in ("", "-[0-9]*")]
    return sorted({Path(one).parent for each in patterns for one in glob.iglob(each)})  # noqa: PTH207 - any root


def finish(folder: Path, rest: Callable[[], None] = lambda: None) -> None:
    """Complete the results that a killed process has left in a folder; leave those of a living one alone.

    Every whole row is kept. The end of the stream is that of the last one.

    Args:
        folder: The folder.
        rest: Called now and then; what it raises ends the work, which can begin again.

    Raises:
        InputError: A file is damaged.
        OSError: A file cannot be written.
    """
    with Claim(folder) as claim:
        if not claim.held or (begun := claim.read()) is None:
            return
        there = any(is_taken(folder / name) for name in (TABLE, f"{TABLE}.partial"))
        if there and not is_taken(folder / SUMMARY):
            people, summary = _complete(folder, begun, rest)
            save_summary(summary, folder / SUMMARY)
            claim.remove()
            log.info("%s: the results in %s, which a killed process had left, are complete", begun.camera, folder)
            rest()
            marks = [(pts_ms / 1e3, marker.text) for pts_ms, marker in read_markers(folder)[:MOST_DRAWN]]
            people.draw(summary, folder, marks)
        claim.remove()


def _complete(folder: Path, begun: Begun, rest: Callable[[], None]) -> tuple[People, Summary]:
    partial = {name: folder / f"{name}.partial" for name in (TABLE, PARQUET, MARKERS, ZONE_TABLE)}
    left = [name for name, path in partial.items() if is_taken(path)]
    if both := [name for name in left if is_taken(folder / name)]:
        raise InputError(f"expected {both[0]} or {partial[both[0]].name}, found both")
    for name in left:
        if name != PARQUET:
            _cut(partial[name])
    table = partial[TABLE] if TABLE in left else folder / TABLE
    columns = _columns(table)
    # without its end, nothing in it can be read
    parquet = ParquetFile(partial[PARQUET], columns) if PARQUET in left else None
    reading = _Reading(table, columns, parquet, rest)
    people, summary = _replay(reading, begun)
    if not is_taken(folder / DICTIONARY):
        save_columns(columns, folder / DICTIONARY)
    for name in left:
        partial[name].rename(folder / name)
    return people, summary


def _cut(path: Path) -> None:
    """Remove the part of a line at the end of a file."""
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - (1 << 16))
            file.seek(start)
            if (last := file.read(end - start).rfind(b"\n")) >= 0:
                file.truncate(start + last + 1)
                return
            end = start
    raise InputError(f"expected a table with a line of names, found none in {path}")


def _columns(table: Path) -> list[Column]:
    known = {column.name: column for column in ALL_COLUMNS}
    with table.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file), [])
    if not names or any(name not in known for name in names):
        raise InputError(f"expected the columns of a table of faces, found {', '.join(names[:3]) or 'none'} in {table}")
    return [known[name] for name in names]


class _Reading:
    """The rows of a table; iterating yields what each says, and copies them into the Parquet file, which it completes.

    Raises:
        InputError: A row is not valid.
    """

    def __init__(
        self, table: Path, columns: Sequence[Column], parquet: ParquetFile | None, rest: Callable[[], None]
    ) -> None:
        self._table, self._parquet, self._rest = table, parquet, rest
        self._names = [column.name for column in columns]

    def __iter__(self) -> Iterator[Seen]:
        with self._table.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            try:
                next(lines)
                for row in lines:
                    yield self._read(row)
                    if lines.line_num % BLOCK == 0:
                        self._rest()
                if self._parquet:
                    self._parquet.close()
            except (ValueError, KeyError, OverflowError, csv.Error) as error:
                where = f"line {lines.line_num} of {self._table}"
                raise InputError(f"expected a row of a table of faces, found another in {where}") from error

    def _read(self, row: Row) -> Seen:
        seen = read_row(dict(zip(self._names, row, strict=True)))
        if self._parquet:
            self._parquet.write(row)
        return seen


def _replay(rows: _Reading, begun: Begun) -> tuple[People, Summary]:
    """Sum up rows as the stream did."""
    people, frame_s = People(LOST_AFTER_S), 1 / (begun.fps or 25.0)
    first_s = end_s = begun.first_pts_ms / 1e3
    frames, last, empty, width, height = 0, begun.first_frame - 1, False, 0, 0
    for number, group in groupby(rows, lambda row: row.frame):
        seen = list(group)
        at_s = seen[0].pts_ms / 1e3
        if at_s - end_s > (GAP - 1) * frame_s:
            # the first and the last frame without anybody
            people.add((), end_s)
            people.add((), at_s - frame_s)
        people.add([row.face for row in seen if row.face], at_s)
        empty = empty or seen[0].face is None
        frames, last, end_s, width, height = frames + 1, number, at_s + frame_s, seen[0].width, seen[0].height
    tracks = people.end(end_s)
    # without a row for each, how many frames arrived is not known
    count = frames if empty else last - begun.first_frame + 1
    duration_s = end_s - first_s
    return people, Summary(
        camera=begun.camera,
        status="done" if count else "failed",
        error=None,
        frames_in=count,
        frames_out=count,
        duration_s=round(duration_s, 3),
        fps=round(count / duration_s, 3) if duration_s else 0.0,
        width=width,
        height=height,
        model=begun.model,
        faces=people.faces,
        seconds=total_seconds(tracks),
        tracks=tracks,
        first_pts_ms=begun.first_pts_ms,
        started_at=begun.started_at,
        language=begun.language,
        lossless=False,
    )
