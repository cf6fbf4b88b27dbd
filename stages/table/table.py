"""Writes the results of recordings and cameras, each stream into its folder."""

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from pipeline.batch.results import (
    MARKERS,
    PARQUET,
    REPORT,
    SUMMARY,
    TABLE,
    TIMELINE,
    ZONE_TABLE,
    Marker,
    Summary,
    check_folder,
    unused_folder,
)
from pipeline.errors import InputError
from pipeline.messages import Frame, Language
from pipeline.output_path import check_writable, free_path, is_taken
from pipeline.per_camera import PerCamera
from pipeline.stage import Stage
from stages.lsl.library import check_lsl
from stages.lsl.markers import MarkerInlet
from stages.table.claim import UNFINISHED
from stages.table.stream import Stream
from stages.table.unfinished import Finisher

RECENT = 1000
"""Markers that a new stream is given; those from before its first frame are ignored."""
FILES = (TABLE, PARQUET, SUMMARY, MARKERS, ZONE_TABLE, TIMELINE, REPORT, UNFINISHED)
"""Files that a live camera's new stream does not replace."""

log = logging.getLogger(__name__)


class Table(Stage):
    """Writes `faces.csv`, `faces.parquet`, `summary.json` and, last of all, `timeline.png` for each stream that ends.

    `columns.json` describes the columns of the tables. A camera with zones also gets `zones.csv`.

    Args:
        path: Folder of a stream's files; `{camera}` stands for its name. Files have `.partial` names until the stream
            has ended; an interrupted recording leaves none. What a killed process leaves of a camera is completed at
            the next start. A recording that is played again replaces its files. A camera's files are never replaced;
            the folder of the next ones, which begin after 24 hours, gets a number.
        language: Language of `timeline.png` and of the report that is made of these files: `en` or `fr`.
        markers: Name of the stream of Lab Streaming Layer whose markers go into `markers.csv` of each live camera, `*`
            for all of type `Markers`; empty for none.
        every_frame: Write a row also for each frame without a face; person, box and emotions are empty in it.
        parquet: Write `faces.parquet` beside `faces.csv`, with the same values.
        journal: Keep a journal while a recording is processed, and continue where the journal in `path` ends. It is for
            `emobot batch`, which starts the recording there.

    Raises:
        ConfigError: `path` names no camera, so that streams would overwrite each other, or cannot be written.
        InputError: The disk is full.
        MissingPart: `pylsl` is needed and not installed.
    """

    alone = (("path",),)
    folders = frozenset({"path"})

    def __init__(
        self,
        *,
        path: str = "out/{camera}",
        language: Language = "en",
        every_frame: bool = False,
        parquet: bool = True,
        journal: bool = False,
        markers: str = "",
    ) -> None:
        self.check(path=path, markers=markers)
        check_writable(path)
        self._inlet = MarkerInlet(markers) if markers else None
        self._recent: deque[Marker] = deque(maxlen=RECENT)
        self._path = path
        self._language: Language = language
        self._every_frame = every_frame
        self._parquet = parquet
        self._journal = journal
        self._streams = PerCamera(self._begin, each="stream")
        self._drawing: list[threading.Thread] = []
        # a batch is played again
        self._finisher = None if journal else Finisher(path)

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse a path without the camera's name.

        Raises:
            ConfigError: It has none.
            MissingPart: `pylsl` is needed and not installed.
        """
        check_folder(options)
        if options.get("markers"):
            check_lsl()

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Add the frames' faces to the tables; finish those of streams that have ended.

        Raises:
            InputError: A file cannot be written, for example because the disk is full.
        """
        self._mark()
        for frame in frames:
            # both streams of a recording write to the same partial file: discard the old one before the new one begins
            if cut_off := self._streams.take_ended(frame):
                with self._written(frame.camera):
                    _end(cut_off)
            if frame.state == "live":
                if (stream := self._streams.get(frame)) and stream.is_full(frame):
                    with self._written(frame.camera):
                        stream.finish(None, self._draw)
                    self._streams.pop(frame.camera)
                with self._written(frame.camera):
                    self._streams.of(frame).add(frame)
            elif frame.state == "ended":
                with self._written(frame.camera):
                    self._streams.of(frame).finish(frame)
                self._streams.pop(frame.camera)
        yield from ()

    def keep(self, cameras: Set[str]) -> None:
        """Finish the tables of the other cameras; discard those of interrupted recordings.

        Raises:
            InputError: A file cannot be written.
        """
        for camera in [camera for camera, _ in self._streams.items() if camera not in cameras]:
            with self._written(camera):
                _end(self._streams[camera])
            self._streams.pop(camera)

    def close(self) -> None:
        """Finish the tables of live cameras; discard those of interrupted recordings, except their journal."""
        if self._finisher:
            self._finisher.close()
        if self._inlet:
            self._inlet.close()
        for thread in self._drawing:
            thread.join()
        self._mark()
        errors = []
        streams = list(self._streams.items())
        self._streams.clear()
        for camera, stream in streams:
            try:
                with self._written(camera):
                    _end(stream, keep_journal=True)
            except InputError as error:
                errors.append(str(error))
        if errors:
            raise InputError("; ".join(errors))

    def _draw(self, draw: Callable[[], None]) -> None:
        """Draw the timeline of a camera that continues, in a thread: frames would be lost meanwhile."""
        self._drawing = [thread for thread in self._drawing if thread.is_alive()]

        def work() -> None:
            try:
                draw()
            except OSError as error:
                log.warning("a timeline cannot be drawn: %s", error)

        self._drawing.append(threading.Thread(target=work, name="timeline"))
        self._drawing[-1].start()

    def _mark(self) -> None:
        markers = self._inlet.take() if self._inlet else []
        self._recent += markers
        for _, stream in self._streams.items():
            stream.mark(markers)

    @contextmanager
    def _written(self, camera: str) -> Iterator[None]:
        """Report a file that cannot be written in one line; what a live camera's stream has written so far stays."""
        try:
            yield
        except OSError as error:
            broken = self._streams.pop(camera)
            if broken:
                # a disk that became read-only lets nothing be removed either
                with suppress(OSError):
                    broken.discard(keep_journal=True) if broken.lossless else broken.abandon()
            why = os.strerror(error.errno) if error.errno else error
            raise InputError(f"cannot write the results of {camera} into {self._folder(camera)}: {why}") from error

    def _folder(self, camera: str) -> Path:
        return Path(self._path.replace("{camera}", camera))

    def _begin(self, frame: Frame) -> Stream:
        folder = named = self._folder(frame.camera)
        if not frame.lossless:
            folder = unused_folder(named, FILES)
        elif _is_another(named):
            folder = free_path(named, taken=_is_another)
        if folder != named:
            log.info("%s: %s has results; the new ones are in %s", frame.camera, named, folder)
        journal = self._journal and frame.lossless
        stream = Stream(frame, folder, self._language, every_frame=self._every_frame, parquet=self._parquet)
        if journal:
            stream.keep_journal()
        # its first frames were on their way when these arrived
        stream.mark(self._recent)
        return stream


def _is_another(folder: Path) -> bool:
    """Return whether a folder has results of a camera, or a `summary.json` of another program."""
    try:
        return not msgspec.json.decode((folder / SUMMARY).read_bytes(), type=Summary).lossless
    except FileNotFoundError:
        return is_taken(folder / UNFINISHED)
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError):
        return True


def _end(stream: Stream, *, keep_journal: bool = False) -> None:
    """Finish a live camera's stream that was cut off; discard a recording's, which is played again."""
    if stream.lossless:
        stream.discard(keep_journal=keep_journal)
    else:
        stream.finish(None)
