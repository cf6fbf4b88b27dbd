"""How long after its container's start the first frame of a file is shown; OpenCV counts from that frame."""

from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from stages.media.containers.kinds import EBML, HEAD_BYTES, SEGMENT, UNKNOWN, element, kind_of, read_at
from stages.media.containers.mpegts import video_delay_ns

_CLUSTER, _TRACKS, _TRACK, _INFO = (bytes.fromhex(one) for one in ("1f43b675", "1654ae6b", "ae", "1549a966"))
_SCALE, _TIME, _NUMBER, _TYPE = (bytes.fromhex(one) for one in ("2ad7b1", "e7", "d7", "83"))
_GROUP, _BLOCKS = bytes.fromhex("a0"), (bytes.fromhex("a3"), bytes.fromhex("a1"))
_OPENED = (SEGMENT, _CLUSTER, _TRACKS, _TRACK, _INFO, _GROUP)
"""Matroska elements whose content is read."""
_MOST, _REORDERED = 5000, 16
"""Elements within which the first frame comes, and frames among which it may be stored."""
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
    """Whether a frame or sound has a time before 0, which moves the origin of OpenCV's positions."""


def beginning_of(path: Path) -> Beginning:
    """Return the beginning of a Matroska, FLV or MPEG-TS file, else the default."""
    # who decodes it reports what is wrong
    with suppress(OSError, IndexError, OverflowError), path.open("rb") as file:
        kind = kind_of(file.read(HEAD_BYTES))
        if kind == "matroska":
            return _matroska(file)
        if kind == "flv":
            return Beginning(_flv(file))
        return Beginning(video_delay_ns(path) if kind == "ts" else 0)
    return Beginning()


def _matroska(file: BinaryIO) -> Beginning:
    """Follow the elements up to the first frames; a block's time is relative to that of its cluster, and signed."""
    at, scale, cluster, video, number = 0, 1_000_000, 0, -1, -1
    shown: list[int] = []
    first: int | None = None
    for _ in range(_MOST):
        if (found := element(file, at)) is None or sum(time >= 0 for time in shown) == _REORDERED:
            break
        kind, head, size = found
        body = read_at(file, at + head, min(size, 8) if size != UNKNOWN else 8)
        if kind in (_SCALE, _TIME, _NUMBER, _TYPE):
            value = int.from_bytes(body[:size], "big")
            scale, cluster = value if kind == _SCALE else scale, value if kind == _TIME else cluster
            number = value if kind == _NUMBER else number
            video = number if kind == _TYPE and value == 1 and video < 0 else video
        elif kind in _BLOCKS:
            wide = 9 - body[0].bit_length()
            track = int.from_bytes(body[:wide], "big") & ((1 << 7 * wide) - 1)
            time = cluster + int.from_bytes(body[wide : wide + 2], "big", signed=True)
            first = time if first is None else min(first, time)
            if track == video:
                shown.append(time)
        at += head + (0 if kind in _OPENED else max(0, size) if kind != EBML else size)
    if not shown or first is None:
        return Beginning()
    if min(shown) >= 0:
        # demultiplexers cut off the sound before 0
        return Beginning((min(shown) - max(0, first)) * scale, negative=first < 0)
    early = tuple((time - first) * scale for time in shown if time < 0)
    later = [(time - first) * scale for time in shown if time >= 0]
    return Beginning(min(later, default=0), early, -first * scale, negative=True)


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
