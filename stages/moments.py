"""Saves small pictures of the moments at which an expression changed most; runs only with `--pictures`."""

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator, Sequence, Set
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from models.display.drawing.portrait import cut_out
from models.over_time.moments import MOST, Moment, Moments
from pipeline.batch.results import PICTURES, check_folder, unused_folder
from pipeline.messages import Array, Face, Frame
from pipeline.output_path import check_writable, free_path
from pipeline.per_camera import PerCamera
from pipeline.stage import Stage

SPARE = 2
"""Factor by which more pictures are saved than a report shows, because the report ranks by rounded numbers."""


_OWN = re.compile(r"\d+-\d+\.jpg")
"""Names of its pictures."""
_LIVE = ".camera"
"""Empty file among the pictures of a live camera, which no recording of its name may replace."""


class MomentPictures(Stage):
    """A sink: `moments/<track>-<milliseconds>.jpg` for the strongest changes of each stream, written when it ends.

    The pictures are cut from the annotated frames: they show labels, and faces are blurred if they are blurred there.

    Args:
        path: Folder of a stream's files; `{camera}` stands for its name.
        height: Height of a picture, pixels.

    Raises:
        ConfigError: `path` names no camera, so that streams would overwrite each other, or cannot be written.
        InputError: The disk is full.
    """

    alone = (("path",),)
    folders = frozenset({"path"})
    pixels = "read"

    def __init__(self, *, path: str = "out/{camera}", height: Annotated[int, Meta(ge=32, le=1024)] = 160) -> None:
        self.check(path=path)
        check_writable(path)
        self._path = path
        self._height = height
        self._streams = PerCamera(lambda frame: _Stream(frame, self._path, self._height), each="stream")

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse a path without the camera's name.

        Raises:
            ConfigError: It has none.
        """
        check_folder(options)

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Find moments; write the pictures of streams that have ended."""
        for frame in frames:
            if (cut_off := self._streams.take_ended(frame)) and not cut_off.lossless:
                cut_off.write()
            stream = self._streams.of(frame)
            if frame.state == "ended":
                stream.write()
                self._streams.pop(frame.camera)
            elif frame.pixels is not None:
                stream.add(frame, frame.pixels, partial(self.intact, frame))
        yield from ()

    def keep(self, cameras: Set[str]) -> None:
        """Write the pictures of the other cameras; an interrupted recording leaves none."""
        for stream in self._streams.keep(cameras).values():
            if not stream.lossless:
                stream.write()

    def close(self) -> None:
        """Write the pictures of live cameras; an interrupted recording leaves none."""
        for stream in self._streams.clear():
            if not stream.lossless:
                stream.write()


class _Stream:
    """The moments of one stream."""

    def __init__(self, frame: Frame, path: str, height: int) -> None:
        self.lossless = frame.lossless
        self._wanted = Path(path.replace("{camera}", frame.camera))
        self._folder = self._free(self._wanted)
        self._height = height
        self._moments = PerCamera(lambda _: Moments(), each="people")
        self._kept: dict[Moment, bytes] = {}

    def add(self, frame: Frame, pixels: Array, intact: Callable[[], bool]) -> None:
        moments = self._moments.of(frame)
        for face in frame.faces:
            moment = moments.update(face.track, face.label, face.fused, frame.pts_ns / 1e9)
            if moment:
                self._keep(moment, pixels, face, frame.full_range, intact)

    def write(self) -> None:
        """Write the folder, even an empty one; it gets its final name when it is complete."""
        if self._free(self._folder) != self._folder:
            # another stream of this name has ended first
            self._folder = self._free(self._wanted)
        final, partial = self._folder / PICTURES, self._folder / f"{PICTURES}.partial"
        for old in (final, partial):
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(old)
        partial.mkdir(parents=True)
        for moment, picture in self._kept.items():
            (partial / moment.name).write_bytes(picture)
        if not self.lossless:
            (partial / _LIVE).touch()
        partial.rename(final)

    def _free(self, folder: Path) -> Path:
        return free_path(folder, taken=_has_others) if self.lossless else unused_folder(folder, [PICTURES])

    def _keep(self, moment: Moment, pixels: Array, face: Face, full_range: bool, intact: Callable[[], bool]) -> None:
        if len(self._kept) == SPARE * MOST:
            weakest = min(self._kept, key=lambda kept: kept.strength)
            if weakest.strength >= moment.strength:
                return
            del self._kept[weakest]
        box = face.box
        picture = cut_out(pixels, (box.x, box.y, box.width, box.height), self._height, full_range)
        if picture and intact():
            self._kept[moment] = picture


def _has_others(folder: Path) -> bool:
    """Return whether a folder of pictures is one of a live camera, has other files, or is none."""
    try:
        return any(not _OWN.fullmatch(path.name) for path in (folder / PICTURES).iterdir())
    except FileNotFoundError:
        return False
    except OSError:
        return True
