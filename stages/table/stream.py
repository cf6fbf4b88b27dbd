"""The files of one stream: a row for each face and frame, a summary, a timeline."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from functools import partial
from math import inf
from pathlib import Path

from msgspec.structs import replace

from models.over_time.episodes import LOST_AFTER_S
from pipeline.batch.columns import BLENDSHAPE_COLUMNS, FACE_COLUMNS, save_columns
from pipeline.batch.journal import JOURNAL, JournalReader, JournalWriter
from pipeline.batch.results import (
    DICTIONARY,
    PARQUET,
    REPORT,
    SUMMARY,
    TABLE,
    TIMELINE,
    Marker,
    Summary,
    keep_persons,
    save_summary,
)
from pipeline.messages import Frame, Language
from pipeline.per_camera import PerCamera
from stages.lsl.marker_table import MarkerTable
from stages.table.claim import Begun, Claim
from stages.table.files import TableFiles
from stages.table.people import People, total_seconds
from stages.table.resuming import Resumption
from stages.table.rows import empty_row, face_row
from stages.zones.table import ZoneTable

LONGEST_S = 86_400.0
"""Seconds after which a camera's next files begin: its people, and the files without their end, are in memory."""
FLUSH_S = 1.0
"""Seconds of a live camera's rows that a kill may cost."""

log = logging.getLogger(__name__)


class Stream:
    """The files of one stream."""

    def __init__(self, frame: Frame, folder: Path, language: Language, *, every_frame: bool, parquet: bool) -> None:
        self.lossless = frame.lossless
        self._folder = folder
        self._language: Language = language
        self._camera = frame.camera
        self._every_frame = every_frame
        folder.mkdir(parents=True, exist_ok=True)
        # complete files of an earlier run would look like the results of this one; names may belong to other tracks
        keep_persons(folder, folder)
        for name in (SUMMARY, TABLE, PARQUET, TIMELINE, REPORT):
            (folder / name).unlink(missing_ok=True)
        self._blendshapes = frame.blendshapes
        self._columns = FACE_COLUMNS + (BLENDSHAPE_COLUMNS if self._blendshapes else ())
        self._table = TableFiles(folder, self._columns, parquet=parquet)
        self._flushed_s = 0.0
        self._begun = Begun.of(frame, language)
        self._claim: Claim | None = None
        if not frame.lossless:
            try:
                self._claim = Claim(folder)
                self._claim.note(self._begun)
            except OSError:
                self._table.discard()
                raise
        self._people = People(inf if frame.lossless else LOST_AFTER_S)
        self._counted = PerCamera(lambda _: max(self._people.timelines, default=0), each="people")
        """Offset of the current track numbers, so that a number identifies one person in the whole table."""
        self._journal: JournalWriter | None = None
        self._resumption: Resumption | None = None
        self._resumed_s: list[float] = []
        self._frames = self._replayed = 0
        self._first = self._last = frame
        self._model = ""
        self._markers = MarkerTable(folder)
        self._zones = ZoneTable(folder)

    def mark(self, markers: Iterable[Marker]) -> None:
        """Add markers that have arrived; a recording is not of the same time."""
        if not self.lossless:
            self._markers.add(markers)

    def keep_journal(self) -> None:
        """Replay the journal of an earlier run, if there is one, and continue it."""
        path, resumption = self._folder / JOURNAL, Resumption()
        before = JournalReader(path)
        for frame in before:
            if frame.state == "live":
                resumption.note(frame)
                self.add(frame)
            else:
                # noted below by an earlier run
                self._resumed_s.append(round(frame.pts_ns / 1e9, 3))
        self._journal = JournalWriter(path, before.end)
        if resumption.last:
            self._resumption, self._replayed = resumption, self._frames
            self._journal.write(replace(resumption.last, state="connecting", faces=()))
            self._resumed_s.append(round(resumption.last.pts_ns / 1e9, 3))
            log.info("%s: continuing behind %.3f s", self._camera, resumption.last.pts_ns / 1e9)

    def add(self, frame: Frame) -> None:
        """Write the rows of a frame."""
        if self._resumption:
            placed = self._resumption.place(frame)
            if placed is None:
                return
            frame = placed
        if self._journal:
            self._journal.write(frame)
        self._first = self._first if self._frames else frame
        self._frames += 1
        self._last = frame
        self._markers.see(frame)
        self._model = frame.model or self._model
        if self._claim and self._model != self._begun.model:
            self._begun = replace(self._begun, model=self._model)
            self._claim.note(self._begun)
        if self._counted.take_ended(frame) is not None:
            self._people.leave(frame.pts_ns / 1e9)
            self._zones.restart()
        counted = self._counted.of(frame)
        faces = [replace(face, track=counted + face.track) for face in frame.faces]
        self._people.add(faces, frame.pts_ns / 1e9)
        self._zones.see(replace(frame, faces=tuple(faces)))
        for face in faces:
            self._table.write(face_row(frame, face, blendshapes=self._blendshapes))
        if self._every_frame and not faces:
            self._table.write(empty_row(frame, blendshapes=self._blendshapes))
        if self._claim and (now_s := time.monotonic()) - self._flushed_s >= FLUSH_S:
            self._table.flush()
            self._flushed_s = now_s

    def is_full(self, frame: Frame) -> bool:
        """Return whether a camera's frame belongs into the next files."""
        return not self.lossless and frame.pts_ns - self._first.pts_ns > LONGEST_S * 1e9

    def finish(self, ended: Frame | None, draw: Callable[[Callable[[], None]], None] = lambda draw: draw()) -> None:
        """Complete the files, the timeline last: drawing it takes seconds on a busy machine, in which a run may end.

        Args:
            ended: The last frame; None where the stream was cut off.
            draw: Calls what draws the timeline, now or in another thread.
        """
        duration_s = self._duration_s()
        tracks = self._people.end(self._first.pts_ns / 1e9 + duration_s)
        self._table.close()
        self._markers.close()
        self._zones.restart()
        frames_in = self._frames_in(ended)
        error = ended.error if ended else None
        # a live camera's frames may be dropped on the way
        complete = error is None and frames_in > 0 and (self._frames == frames_in or not self.lossless)
        summary = Summary(
            camera=self._camera,
            status="done" if complete else "failed",
            error=error,
            fault=ended.fault if ended else "",
            frames_in=frames_in,
            frames_out=self._frames,
            duration_s=round(duration_s, 3),
            fps=round(self._frames / duration_s, 3) if duration_s else 0.0,
            width=self._last.width,
            height=self._last.height,
            model=self._model,
            faces=self._people.faces,
            seconds=total_seconds(tracks),
            tracks=tracks,
            first_pts_ms=round(self._first.pts_ns / 1e6, 3) if self._frames else None,
            media_s=round(self._first.duration_ns / 1e9, 3) or None if error is None else None,
            started_at=self._first.started_ns / 1e9 if self._first.started_ns else None,
            language=self._language,
            resumed_s=self._resumed_s,
            lossless=self.lossless,
        )
        save_columns(self._columns, self._folder / DICTIONARY)
        for name in (*self._table.names, *self._markers.names, *self._zones.names):
            (self._folder / f"{name}.partial").rename(self._folder / name)
        save_summary(summary, self._folder / SUMMARY)
        if self._journal:
            self._journal.remove()
        if self._claim:
            self._claim.remove()
            self._claim.release()
        draw(partial(self._people.draw, summary, self._folder, self._markers.drawn))

    def _frames_in(self, ended: Frame | None) -> int:
        """Return the number of frames the source sent, each once."""
        if ended is None:
            return self._frames
        if self._resumption is None:
            return ended.seq
        # the others came in the run before
        return self._replayed + ended.seq - self._resumption.again + self._resumption.missing

    def abandon(self) -> None:
        """Close the tables under their `.partial` names."""
        with contextlib.suppress(OSError, ValueError):
            self._table.close()
        if self._claim:
            self._claim.release()

    def discard(self, *, keep_journal: bool = False) -> None:
        """Remove the files of a stream that restarted or was interrupted."""
        self._table.discard()
        self._markers.discard()
        self._zones.discard()
        if self._journal:
            self._journal.close() if keep_journal else self._journal.remove()
        with contextlib.suppress(OSError):
            # fails if the folder holds other files
            self._folder.rmdir()

    def _duration_s(self) -> float:
        """Return the seconds from the first frame to the end of the last, which lasts as long as frames do on average.

        It ends with the media file at the latest, which matters at a variable frame rate.
        """
        if not self._frames:
            return 0.0
        last_s = (self._last.pts_ns - self._first.pts_ns) / 1e9
        end_s = last_s + (last_s / (self._frames - 1) if self._frames > 1 else 1 / (self._last.fps or 25.0))
        media_s = (self._first.duration_ns - self._first.pts_ns) / 1e9
        return media_s if last_s < media_s < end_s else end_s
