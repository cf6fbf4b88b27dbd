"""Gives the time of a place in a fragmented MP4, as recorders write it that must survive a power cut."""

import os
from collections.abc import Iterator
from typing import BinaryIO

from stages.media.containers.kinds import boxes, read_at

_LARGEST = 2**24
"""Bytes of an index or a fragment's head; larger ones are damaged."""
_NESTED = (b"trak", b"mdia", b"mvex", b"traf")
_DURATION_IN_HEAD, _DURATION_IN_RUN = 0x8, 0x100
_HEAD_FIELDS = ((0x1, 8), (0x2, 4))
"""Flags and bytes of the fields of `tfhd` before the duration of its samples (ISO/IEC 14496-12, 8.8.7)."""
_RUN_FIELDS = ((0x1, 4), (0x4, 4))
"""The same of `trun` before its samples (8.8.8)."""
_SAMPLE_FIELDS = 0x100, 0x200, 0x400, 0x800
"""Flags of the fields of each sample, 4 bytes each, the duration first."""


def fragment_moment(file: BinaryIO, place: int) -> float | None:
    """Return the time at which the last whole fragment before a place ends, seconds; None without fragments."""
    track = scale = default = end = 0
    found = False
    for kind, at, size in boxes(file):
        if at >= place or size > _LARGEST and kind in (b"moov", b"moof"):
            break
        if kind == b"moov":
            track, scale, default = _video(read_at(file, at + 8, size - 8))
        elif kind == b"moof" and scale:
            for one, body in _tracks(read_at(file, at + 8, size - 8)):
                if one == track:
                    end, found = _end(body, default, end), True
    return end / scale if found else None


def _video(index: bytes) -> tuple[int, int, int]:
    """Return number, ticks per second and usual duration of a sample of the first video track; zeros if unknown."""
    track = scale = 0
    now, now_scale = 0, 0
    defaults: dict[int, int] = {}
    for kind, body in _leaves(index):
        wide = body[:1] == b"\1"
        if kind == b"tkhd":
            now = _number(body, 20 if wide else 12)
        elif kind == b"mdhd":
            now_scale = _number(body, 20 if wide else 12)
        elif kind == b"hdlr" and body[8:12] == b"vide" and not track:
            track, scale = now, now_scale
        elif kind == b"trex":
            defaults[_number(body, 4)] = _number(body, 12)
    return track, scale, defaults.get(track, 0)


def _tracks(head: bytes) -> Iterator[tuple[int, list[tuple[bytes, bytes]]]]:
    """Yield number and boxes of each track of a fragment."""
    for kind, body in _children(head):
        if kind == b"traf":
            inside = list(_children(body))
            yield next((_number(leaf, 4) for name, leaf in inside if name == b"tfhd"), 0), inside


def _end(inside: list[tuple[bytes, bytes]], duration: int, time: int) -> int:
    """Return when a track's part of a fragment ends, ticks; without a time of its own it begins at `time`."""
    for kind, body in inside:
        flags = int.from_bytes(body[1:4], "big")
        if kind == b"tfhd" and flags & _DURATION_IN_HEAD:
            duration = _number(body, 8 + sum(size for flag, size in _HEAD_FIELDS if flags & flag))
        elif kind == b"tfdt":
            time = int.from_bytes(body[4 : 12 if body[:1] == b"\1" else 8], "big")
        elif kind == b"trun":
            count, at = _number(body, 4), 8 + sum(size for flag, size in _RUN_FIELDS if flags & flag)
            each = 4 * sum(bool(flags & flag) for flag in _SAMPLE_FIELDS)
            if flags & _DURATION_IN_RUN:
                time += sum(_number(body, i) for i in range(at, min(len(body), at + count * each), each))
            else:
                time += count * duration
    return time


def _leaves(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    for kind, body in _children(data):
        if kind in _NESTED:
            yield from _leaves(body)
        else:
            yield kind, body


def _children(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data) and (size := _number(data, at)) >= 8:
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def whole_fragments(file: BinaryIO) -> int:
    """Return the byte behind the last whole fragment, or behind the index of a finished file; 0 without either.

    The frames of a fragment (`mdat`) come before its head (`moof`; `moov` of the first), as GStreamer 1.22 writes them,
    or behind it. Of the last one a writer that was killed may not have written all.
    """
    length = file.seek(0, os.SEEK_END)
    end, waiting = 0, ""
    for kind, at, size in boxes(file):
        what = {b"mdat": "frames", b"moof": "head", b"moov": "head"}.get(kind, "")
        if size < 8 or at + size > length:
            break
        if what == "frames" and waiting == "head" or what == "head" and waiting == "frames":
            end, waiting = at + size, ""
        elif what:
            waiting = what
    return end
