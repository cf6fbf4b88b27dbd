"""How long after its container's start the first frame of a file is shown; OpenCV counts from that frame."""

from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from stages.media.containers.kinds import HEAD_BYTES, kind_of, read_at
from stages.media.containers.matroska import blocks
from stages.media.containers.mpegts import video_delay_ns

_MOST, _REORDERED = 5000, 16
"""Blocks or tags within which the first frame comes, and frames among which it may be stored."""
_VIDEO_TAG, _TAGS = 9, (8, 9)
"""Kinds of FLV tags: video, and those with a time that counts."""


class Beginning(NamedTuple):
    """When the first frames of a file are shown, nanoseconds from its container's start."""

    start_ns: int = 0
    """The first one with a time from 0 in the file; 0 if the file does not say."""
    early_ns: tuple[int, ...] = ()
    """All that have a time before 0 in the file, in stored order; decoders know no such times."""
    shift_ns: int = 0
    """How long before 0 the container starts, if it has such frames."""
    negative: bool = False
    """Whether OpenCV counts positions from the first frame, such as if a frame or sound has a time before 0."""
    origin_ns: int = 0
    """Time of the container's start by the clock of a Matroska file; 0 if it has frames before 0."""


def beginning_of(path: Path) -> Beginning:
    """Return the beginning of a Matroska, FLV or MPEG-TS file, else the default."""
    # who decodes it reports what is wrong
    with suppress(OSError, IndexError, OverflowError), path.open("rb") as file:
        kind = kind_of(file.read(HEAD_BYTES))
        if kind == "matroska":
            return _matroska(file)
        if kind == "flv":
            return Beginning(_flv(file))
        # an AVI begins with its first frame, of which OpenCV says when it is decoded, behind B-frames
        return Beginning(video_delay_ns(path) if kind == "ts" else 0, negative=kind == "riff")
    return Beginning()


def _matroska(file: BinaryIO) -> Beginning:
    shown: list[int] = []
    first: int | None = None
    for block in islice(blocks(file), _MOST):
        first = block.time_ns if first is None else min(first, block.time_ns)
        if block.is_video:
            shown.append(block.time_ns)
        if sum(time >= 0 for time in shown) == _REORDERED:
            break
    if not shown or first is None:
        return Beginning()
    if min(shown) >= 0:
        # demultiplexers cut off the sound before 0
        return Beginning(min(shown) - max(0, first), negative=first < 0, origin_ns=max(0, first))
    early = tuple(time - first for time in shown if time < 0)
    later = [time - first for time in shown if time >= 0]
    return Beginning(min(later, default=0), early, -first, negative=True)


def _flv(file: BinaryIO) -> int:
    at = int.from_bytes(read_at(file, 5, 4), "big") + 4
    first: int | None = None
    shown: list[int] = []
    for _ in range(_MOST):
        head = read_at(file, at, 16)
        if len(head) < 16 or len(shown) == _REORDERED:
            break
        kind, size = head[0] & 0x1F, int.from_bytes(head[1:4], "big")
        # the second byte of H.264 tells its header from its frames, whose shift follows
        avc = kind == _VIDEO_TAG and head[11] & 0xF == 7
        if kind in _TAGS and not (head[12] == 0 and (avc or head[11] >> 4 == 10)):
            time = (head[7] << 24) + int.from_bytes(head[4:7], "big")
            time += int.from_bytes(head[13:16], "big", signed=True) if avc else 0
            first = time if first is None else min(first, time)
            if kind == _VIDEO_TAG:
                shown.append(time)
        at += 15 + size
    return max(0, min(shown) - (first or 0)) * 1_000_000 if shown else 0
