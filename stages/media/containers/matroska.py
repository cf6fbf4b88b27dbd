"""Follows the elements of a Matroska file and gives the times of its blocks."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from stages.media.containers.kinds import EBML, SEGMENT, element, read_at

CLUSTER = bytes.fromhex("1f43b675")
_TRACKS, _TRACK, _INFO, _GROUP = (bytes.fromhex(one) for one in ("1654ae6b", "ae", "1549a966", "a0"))
_SCALE, _TIME, _NUMBER, _TYPE = (bytes.fromhex(one) for one in ("2ad7b1", "e7", "d7", "83"))
_BLOCKS = bytes.fromhex("a3"), bytes.fromhex("a1")
_OPENED = (SEGMENT, CLUSTER, _TRACKS, _TRACK, _INFO, _GROUP)
"""Elements whose content is read."""


class Block(NamedTuple):
    """A frame, or a piece of sound."""

    time_ns: int
    """When it is shown, by the file's clock; may be negative."""
    is_video: bool
    """Whether it belongs to the first video track."""


def blocks(file: BinaryIO, end: int = 2**63) -> Iterator[Block]:
    """Yield all blocks that begin before a place, in stored order; ends where the file is damaged.

    A block's time is relative to that of its cluster, and signed.
    """
    at, scale, cluster, video, number = 0, 1_000_000, 0, -1, -1
    while at < end and (found := element(file, at)) is not None:
        kind, head, size = found
        if kind in (_SCALE, _TIME, _NUMBER, _TYPE):
            value = int.from_bytes(read_at(file, at + head, min(size, 8)), "big")
            scale, cluster = value if kind == _SCALE else scale, value if kind == _TIME else cluster
            number = value if kind == _NUMBER else number
            video = number if kind == _TYPE and value == 1 and video < 0 else video
        elif kind in _BLOCKS and len(body := read_at(file, at + head, 10)) == 10 and body[0]:
            wide = 9 - body[0].bit_length()
            track = int.from_bytes(body[:wide], "big") & ((1 << 7 * wide) - 1)
            time = cluster + int.from_bytes(body[wide : wide + 2], "big", signed=True)
            yield Block(time * scale, track == video)
        elif kind != EBML and kind not in _OPENED and size < 0:
            return
        at += head + (0 if kind in _OPENED else size)
