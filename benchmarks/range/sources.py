"""The footage with faces: clips and pictures of the user, or demo faces of the program."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from msgspec.structs import replace

from models.levels import limited
from pipeline.errors import InputError
from pipeline.messages import Array, Frame
from stages.capture import Capture
from stages.synthetic import Synthetic

PICTURES = {".bmp", ".jpeg", ".jpg", ".png", ".webp"}
"""Suffixes of files that are one picture."""
STILL_FPS = 30.0
"""Frames per second at which a picture is shown."""
DEMO_SEEDS = range(6)
"""Seeds of the demo clips: both portraits, three times each."""


class Clip(NamedTuple):
    """Footage in memory."""

    name: str
    fps: float
    frames: list[Array]
    """I420 in limited range."""


def files_in(path: Path) -> list[Path]:
    """Return the files of a folder in order of their names, or the one file given.

    Raises:
        InputError: There is none.
    """
    files = sorted(p for p in path.iterdir() if p.is_file() and p.name[0] != ".") if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise InputError(f"expected clips or pictures, found none, in {path}")
    return files


def read(path: Path) -> Iterator[Frame]:
    """Yield the frames of a clip, or a picture as one frame; their pixels are valid until the next.

    Raises:
        InputError: The file is neither a clip nor a picture.
    """
    if path.suffix.lower() in PICTURES:
        yield Frame(camera=path.stem, fps=STILL_FPS, pixels=_picture(path))
        return
    found = False
    stream = Capture(name=path.stem, source=str(path)).process(())
    with closing(stream):  # type: ignore[type-var]
        for frame in stream:
            if frame.pixels is not None:
                found = True
                yield replace(frame, pixels=limited(frame.pixels, frame.full_range))
    if not found:
        raise InputError(f"expected a clip or a picture, found no frame, in {path}")


def load_clips(path: Path, seconds: float) -> list[Clip]:
    """Return the clips and pictures of a folder, or of one file, in order of their names.

    Args:
        path: The folder or file.
        seconds: Most seconds of each clip.

    Raises:
        InputError: There is none, or a file is neither a clip nor a picture.
    """
    return [_load(file, seconds) for file in files_in(path)]


def demo_clips(seconds: float) -> list[Clip]:
    """Return moving portraits in a plain room, 640 x 480 pixels at 30 frames per second."""
    clips = []
    for seed in DEMO_SEEDS:
        source = Synthetic(name="demo", width=640, height=480, size=0.4, seed=seed, seconds=seconds, realtime=False)
        frames = [frame.pixels for frame in source.process(()) if frame.pixels is not None]
        clips.append(Clip(f"demo {seed}", 30.0, frames))
    return clips


def _load(path: Path, seconds: float) -> Clip:
    frames: list[Array] = []
    times_ns: list[int] = []
    with closing(read(path)) as stream:  # type: ignore[type-var]
        for frame in stream:
            if times_ns and frame.pts_ns - times_ns[0] >= seconds * 1e9:
                break
            assert frame.pixels is not None
            frames.append(frame.pixels.copy())
            times_ns.append(frame.pts_ns)
    span_s = (times_ns[-1] - times_ns[0]) / 1e9
    return Clip(path.stem, (len(frames) - 1) / span_s if span_s > 0 else STILL_FPS, frames)


def _picture(path: Path) -> Array:
    bgr = cv2.imread(str(path))
    if bgr is None or min(bgr.shape[:2]) < 2:
        raise InputError(f"expected a picture, found none that can be decoded, in {path}")
    even = np.ascontiguousarray(bgr[: bgr.shape[0] & ~1, : bgr.shape[1] & ~1])
    return np.asarray(cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420), np.uint8)


def bounce(n: int, count: int) -> int:
    """Return the frame of a clip that is shown as frame `n` of an endless stream: forwards, backwards, and again."""
    period = max(1, 2 * (count - 1))
    return min(n % period, period - n % period)
