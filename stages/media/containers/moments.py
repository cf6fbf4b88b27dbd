"""Tells at which time of a recording a place in its file is."""

from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from stages.media.containers.fragments import fragment_moment
from stages.media.containers.kinds import ASF_PROPERTIES, HEAD_BYTES, PACKETS, kind_of, read_at
from stages.media.containers.matroska import blocks
from stages.media.containers.mpegts import TICKS, WRAP, times
from stages.media.containers.mxf import mxf_moment
from stages.media.containers.ogg import ogg_moment

_LOOK_BYTES = 4 * 2**20
"""Bytes before a place in a broadcast within which to find a time."""
_PACK = b"\0\0\1\xba"


def moment_of(path: Path, place: int) -> float | None:
    """Return the time of what is stored just before a place, seconds from the container's start.

    None if the format does not say: MP4 without fragments, MXF with the whole video in one element, Ogg with another
    video than Theora and VP8.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file, suppress(IndexError, OverflowError, ZeroDivisionError):  # damaged
        kind = kind_of(file.read(HEAD_BYTES))
        if kind in PACKETS:
            return _packets(file, place, *PACKETS[kind])
        if kind in _MOMENTS:
            return _MOMENTS[kind](file, place)
    return None


def _matroska(file: BinaryIO, place: int) -> float | None:
    first = last = None
    for last in blocks(file, place):
        first = first or last
    return (last.time_ns - min(0, first.time_ns)) / 1e9 if first and last else None


def _flv(file: BinaryIO, place: int) -> float | None:
    at, times = int.from_bytes(read_at(file, 5, 4), "big") + 4, list[int]()
    while at < place and len(head := read_at(file, at, 11)) == 11:
        if head[0] & 0x1F in (8, 9):
            times = [*times[:1], (head[7] << 24) + int.from_bytes(head[4:7], "big")]
        at += 15 + int.from_bytes(head[1:4], "big")
    return (times[-1] - times[0]) / 1000 if times else None


def _avi(file: BinaryIO, place: int) -> float | None:
    """Count frames, all of which last equally long."""
    at, frame_us, frames = 0, 0, 0
    while at < place and len(head := read_at(file, at, 12)) >= 8:
        kind, size = head[:4], int.from_bytes(head[4:8], "little")
        if kind == b"avih":
            frame_us = int.from_bytes(head[8:12], "little")
        frames += kind[2:] in (b"dc", b"db")
        listed = kind in (b"RIFF", b"LIST") and head[8:12] in (b"AVI ", b"AVIX", b"hdrl", b"movi", b"rec ")
        at += 12 if listed else 8 + size + (size & 1)
    return frames * frame_us / 1e6 if frames and frame_us else None


def _program(file: BinaryIO, place: int) -> float | None:
    """Compare the clocks of the first and the last pack."""
    first = _clock(read_at(file, 0, 14))
    data = read_at(file, max(0, place - _LOOK_BYTES), min(place, _LOOK_BYTES))
    at = data.rfind(_PACK)
    return (_clock(data[at : at + 14]) - first) / TICKS if at >= 0 else None


def _clock(head: bytes) -> int:
    """Return the clock of a pack of MPEG-2 or MPEG-1, ticks."""
    if head[4] >> 6 == 1:
        bits = int.from_bytes(head[4:9], "big")
        return (bits >> 35 & 7) << 30 | (bits >> 19 & 0x7FFF) << 15 | (bits >> 3 & 0x7FFF)
    bits = int.from_bytes(head[4:9], "big")
    return (bits >> 33 & 7) << 30 | (bits >> 17 & 0x7FFF) << 15 | (bits >> 1 & 0x7FFF)


def _asf(file: BinaryIO, place: int) -> float | None:
    """All packets are of the same size, and most of about the same duration."""
    at = (head := read_at(file, 0, 64 * 1024)).find(ASF_PROPERTIES)
    played, before = head[at + 64 : at + 72], head[at + 80 : at + 88]
    whole_s = int.from_bytes(played, "little") / 1e7 - int.from_bytes(before, "little") / 1e3
    return whole_s * place / file.seek(0, 2) if at > 0 and whole_s > 0 else None


def _packets(file: BinaryIO, place: int, size: int, sync: int) -> float | None:
    """Compare the first time of a broadcast with the last one before the place."""
    start = max(0, place - _LOOK_BYTES) // size * size
    first = [time for _, time in islice(times(read_at(file, 0, _LOOK_BYTES), size, sync), 1)]
    last = [time for _, time in times(read_at(file, start, place - start), size, sync)]
    return (last[-1] - first[0]) % WRAP / TICKS if first and last else None


_MOMENTS: dict[str, Callable[[BinaryIO, int], float | None]] = {
    "matroska": _matroska,
    "mp4": fragment_moment,
    "flv": _flv,
    "riff": _avi,
    "ps": _program,
    "asf": _asf,
    "ogg": ogg_moment,
    "mxf": mxf_moment,
}
"""By `kind_of`: returns the time just before a place."""
