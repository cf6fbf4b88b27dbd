"""MXF: the time of an element, counted in those that hold a frame each (SMPTE ST 377-1 and ST 379-2)."""

from fractions import Fraction
from typing import BinaryIO

from stages.media.containers.kinds import read_at

KLV = bytes.fromhex("060e2b34")
"""Beginning of the key of each element."""
_ESSENCE, _CONTAINER = bytes.fromhex("010201"), bytes.fromhex("0d010301")
"""Bytes 4 to 6 and 8 to 11 of the key of an element with pictures or sound."""
_PICTURES = (0x05, 0x15, 0x18)
"""Byte 12 of the key of one with pictures, or with both."""
_EDIT_RATE = bytes.fromhex("4b010008")
"""Tag and size of a track's edit rate."""
_HEAD_BYTES = 1 << 20
"""Bytes of a file within which its tracks are described."""


def next_element(file: BinaryIO, at: int) -> tuple[bytes, int] | None:
    """Return the key of the element at a place, and where the next one begins; None if there is none."""
    head = read_at(file, at, 25)
    if head[:4] != KLV or len(head) <= 17:
        return None
    long = head[16] & 0x7F if head[16] & 0x80 else 0
    return head[:16], at + 17 + long + (int.from_bytes(head[17 : 17 + long], "big") if long else head[16])


def mxf_moment(file: BinaryIO, place: int) -> float | None:
    """Return the time just before a place, seconds; None if elements hold more than a frame each, or no pictures."""
    at = frames = 0
    first = b""
    while at < place and (found := next_element(file, at)):
        key, following = found
        if key[4:7] == _ESSENCE and key[8:12] == _CONTAINER and key[12] in _PICTURES:
            first = first or key
            frames += key == first
        at = following
    rate = _frame_rate(read_at(file, 0, _HEAD_BYTES))
    return float(frames / rate) if frames and rate else None


def _frame_rate(head: bytes) -> Fraction:
    """Return the lowest edit rate of a track; that of sound may be its sampling rate."""
    rates, at = [], head.find(_EDIT_RATE)
    while at >= 0:
        above, below = (int.from_bytes(head[at + n : at + n + 4], "big") for n in (4, 8))
        rates += [Fraction(above, below)] if above and below else []
        at = head.find(_EDIT_RATE, at + 1)
    return min(rates, default=Fraction(0))
