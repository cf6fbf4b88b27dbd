"""Recordings of the demo camera, written by the program itself, and the tables made of them."""

import csv
from contextlib import closing
from pathlib import Path
from typing import Any

from stages.record import Record
from stages.synthetic import Synthetic


def film(path: Path, faces: int = 1, *, fps: float = 20.0, seconds: float = 2.0, **options: Any) -> Path:
    """Write a recording of moving portraits with sizes in pixels; return its path."""
    source = Synthetic(name="x", faces=faces, fps=fps, seconds=seconds, realtime=False, **options)
    with closing(Record(path=str(path))) as record:
        for frame in source.process(()):
            record.process([frame])
    return path


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
