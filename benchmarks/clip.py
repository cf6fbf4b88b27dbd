"""The recording every benchmark plays, made by this program itself, the same on every machine.

One moving face of about 80 pixels, noise as a sensor has it, and the bitrate network cameras are set to: a clean
picture would decode in half the time of a real one.
"""

import sys
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from models.cache import cache_dir
from pipeline.errors import ConfigError
from stages.record import Record
from stages.synthetic import Synthetic

SECONDS = 75
"""Longer than any step of `streams`: a looped file is opened anew, which no camera is."""
FPS = 30
FACE = 0.145
"""Height of the largest face, part of the picture's: 57 to 104 pixels of 720, 80 in the mean."""
NOISE = 2.0
"""Standard deviation, gray levels."""
KBPS = {480: 1000, 720: 2000, 1080: 4000}
"""Bitrate by height, as makers of network cameras recommend for H.264 at 30 pictures per second."""
SEED = 7
_VERSION = 1
"""Raise it when clips are made differently."""


def benchmark_clip(height: int = 720, seconds: int = SECONDS) -> Path:
    """Return the clip, making it first where it is not in the cache.

    Args:
        height: 480, 720 or 1080.
        seconds: Its length.

    Raises:
        ConfigError: There is no such height.
        MissingPart: There is no H.264 encoder.
    """
    if height not in KBPS:
        raise ConfigError(f"expected a height out of {', '.join(map(str, KBPS))}, found {height}")
    path = cache_dir() / "benchmarks" / f"clip-{height}-{seconds}s-v{_VERSION}.mp4"
    if not path.exists():
        print(f"making the clip of {seconds} s at {height} rows, once: {path}", file=sys.stderr)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_stem(path.stem + ".making")
        partial.unlink(missing_ok=True)
        _make(partial, height, seconds)
        partial.rename(path)
    return path


def _make(path: Path, height: int, seconds: int) -> None:
    width = round(height * 16 / 9 / 2) * 2
    source = Synthetic(
        name="clip", width=width, height=height, fps=FPS, size=FACE, seed=SEED, seconds=seconds, realtime=False
    )
    rng = np.random.default_rng(SEED)
    noise = np.rint(rng.normal(0, NOISE, (height + 256, width + 256))).astype(np.int16)
    with closing(Record(path=str(path), bitrate_kbps=KBPS[height])) as record:
        for frame in source.process(()):
            if frame.pixels is not None:
                luma = frame.pixels[:height]
                # another part of the noise for every picture; drawing new numbers would take longer than encoding
                y, x = rng.integers(0, 256, 2)
                cv2.add(luma, noise[y : y + height, x : x + width], dst=luma, dtype=cv2.CV_8U)
            record.process([frame])
