"""Recordings of the demo camera, written by the program itself, and the tables made of them."""

import csv
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace

from stages.record import Record
from stages.synthetic import Synthetic


def film(
    path: Path,
    faces: int = 1,
    *,
    fps: float = 20.0,
    seconds: float = 2.0,
    black_s: tuple[float, float] = (0.0, 0.0),
    **options: Any,
) -> Path:
    """Write a recording of moving portraits with sizes in pixels, black between two times; return its path."""
    source = Synthetic(name="x", faces=faces, fps=fps, seconds=seconds, realtime=False, **options)
    with closing(Record(path=str(path))) as record:
        for frame in source.process(()):
            if frame.pixels is not None and black_s[0] <= frame.pts_ns / 1e9 < black_s[1]:
                pixels = np.full_like(frame.pixels, 128)
                pixels[: frame.height] = 16
                frame = replace(frame, pixels=pixels)
            record.process([frame])
    return path


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
