"""Writes the results of recordings and cameras, each stream into its folder."""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.batch.results import Marker, check_folder
from pipeline.messages import Frame, Language
from pipeline.per_camera import PerCamera
from pipeline.stage import Stage
from stages.lsl.library import check_lsl
from stages.lsl.markers import MarkerInlet
from stages.table.stream import Stream

RECENT = 1000
"""Markers that a new stream is given; those from before its first frame are ignored."""


class Table(Stage):
    """Writes `faces.csv`, `faces.parquet`, `summary.json` and, last of all, `timeline.png` for each stream that ends.

    `columns.json` describes the columns of the tables. A camera with zones also gets `zones.csv`.

    Args:
        path: Folder of a stream's files; `{camera}` stands for its name. Files have `.partial` names until the stream
            has ended; an interrupted recording leaves none.
        language: Language of `timeline.png` and of the report that is made of these files: `en` or `fr`.
        markers: Name of the stream of Lab Streaming Layer whose markers go into `markers.csv` of each live camera, `*`
            for all of type `Markers`; empty for none.
        every_frame: Write a row also for each frame without a face; person, box and emotions are empty in it.
        parquet: Write `faces.parquet` beside `faces.csv`, with the same values.
        journal: Keep a journal while a recording is processed, and continue where the journal in `path` ends. It is for
            `emobot batch`, which starts the recording there.

    Raises:
        ConfigError: `path` names no camera, so that streams would overwrite each other.
        MissingPart: `pylsl` is needed and not installed.
    """

    alone = (("path",),)

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
        self._inlet = MarkerInlet(markers) if markers else None
        self._recent: deque[Marker] = deque(maxlen=RECENT)
        self._path = path
        self._language: Language = language
        self._every_frame = every_frame
        self._parquet = parquet
        self._journal = journal
        self._streams = PerCamera(self._begin, each="stream")

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
        """Add the frames' faces to the tables; finish those of streams that have ended."""
        self._mark()
        for frame in frames:
            # both streams write to the same partial file: discard the old one before the new one begins
            if cut_off := self._streams.take_ended(frame):
                cut_off.discard()
            if frame.state == "live":
                self._streams.of(frame).add(frame)
            elif frame.state == "ended":
                self._streams.of(frame).finish(frame)
                self._streams.pop(frame.camera)
        yield from ()

    def close(self) -> None:
        """Finish the tables of live cameras; discard those of interrupted recordings, except their journal."""
        if self._inlet:
            self._inlet.close()
        self._mark()
        for stream in self._streams.clear():
            if stream.lossless:
                stream.discard(keep_journal=True)
            else:
                stream.finish(None)

    def _mark(self) -> None:
        markers = self._inlet.take() if self._inlet else []
        self._recent += markers
        for _, stream in self._streams.items():
            stream.mark(markers)

    def _begin(self, frame: Frame) -> Stream:
        folder = Path(self._path.replace("{camera}", frame.camera))
        journal = self._journal and frame.lossless
        stream = Stream(frame, folder, self._language, every_frame=self._every_frame, parquet=self._parquet)
        if journal:
            stream.keep_journal()
        # its first frames were on their way when these arrived
        stream.mark(self._recent)
        return stream
