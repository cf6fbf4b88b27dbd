"""Ogg: the time of a page, from its granule position (RFC 3533, section 6)."""

from fractions import Fraction
from typing import BinaryIO, NamedTuple

from stages.media.containers.kinds import read_at

_FIRST_PAGE = 2
"""Flag of the first page of a stream."""


class _Video(NamedTuple):
    serial: bytes
    """The stream's serial number."""
    rate: Fraction
    """Frames per second."""
    shift: int
    """Bits of a granule position behind the number of a frame."""
    counts: bool
    """Whether these bits are frames since that one, which is a key frame."""

    def frame(self, granule: int) -> int:
        """Return the number of frames up to a granule position."""
        return (granule >> self.shift) + (granule & ((1 << self.shift) - 1) if self.counts else 0)


def ogg_moment(file: BinaryIO, place: int) -> float | None:
    """Return the time just before a place, seconds from the first frame of the video; None without Theora and VP8."""
    video: _Video | None = None
    first = last = None
    at = 0
    while at < place and len(head := read_at(file, at, 27)) == 27 and head[:4] == b"OggS":
        sizes = file.read(head[26])
        granule, serial = int.from_bytes(head[6:14], "little", signed=True), head[14:18]
        if head[5] & _FIRST_PAGE:
            video = video or _video(serial, file.read(42))
        elif video and serial == video.serial and granule > 0:
            last = video.frame(granule)
            # a packet of 255 bytes or more continues in the next size
            first = last - sum(size < 255 for size in sizes) if first is None else first
        at += 27 + len(sizes) + sum(sizes)
    return float((last - first) / video.rate) if video and last is not None and first is not None else None


def _video(serial: bytes, head: bytes) -> _Video | None:
    """Return the video of a stream that begins so; None of another.

    Theora: https://www.theora.org/doc/Theora.pdf, section 6.2. VP8: the mapping of WebM's project, "OVP80".
    """
    if head[:7] == b"\x80theora":
        return _Video(serial, _rational(head[22:30]), int.from_bytes(head[40:42], "big") >> 5 & 31, True)
    if head[:6] == b"OVP80\x01":
        return _Video(serial, _rational(head[18:26]), 32, False)
    return None


def _rational(data: bytes) -> Fraction:
    return Fraction(int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big"))
