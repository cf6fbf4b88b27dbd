"""Detects files that were cut off: they have fewer bytes than their headers say, and no decoder reports it."""

from pathlib import Path
from typing import BinaryIO

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_EBML, _SEGMENT = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")

_TS, _M2TS = 188, 192
"""Bytes of an MPEG-TS packet."""


def missing(path: Path) -> str | None:
    """Return what a truncated file lacks, in one line; "" if it is complete, None if its format does not say.

    MP4 and MOV, Matroska and WebM, AVI, FLV and WMV give their size; MPEG-TS has whole packets. Bytes tell more than
    seconds: the audio may be longer than the video, and the last frame may be shown for long.

    Raises:
        OSError: The file cannot be read.
    """
    found = path.stat().st_size
    if not found:
        return "expected video, found an empty file"
    with path.open("rb") as file:
        head = file.read(_M2TS + 5)
        file.seek(0)
        for size, first in ((_TS, 0), (_M2TS, 4)):
            if head[first : first + 1] == head[first + size : first + size + 1] == b"G":
                return f"expected packets of {size} bytes, found part of one: it is cut off" if found % size else ""
        if head[:4] == _EBML:
            expected = _matroska(file, found)
        elif head[:4] == b"RIFF":
            expected = _riff(file)
        elif head[:16] == _ASF:
            at = (block := file.read(64 * 1024)).find(_ASF_PROPERTIES)
            expected = int.from_bytes(block[at + 40 : at + 48], "little") if at > 0 else 0
        elif head[:3] == b"FLV":
            whole = _flv_is_whole(file, found)
            return "" if whole else "expected a whole tag at its end, found part of one: it is cut off"
        elif head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp"):
            expected, has_index = _mp4(file, found)
            if not has_index:
                return "expected a video with an index, found none (moov): it is cut off, or is still being written"
        else:
            return None
    return f"expected {expected} bytes, as its header says, found {found}: it is cut off" if expected > found else ""


def _mp4(file: BinaryIO, length: int) -> tuple[int, bool]:
    """Return the bytes that the boxes of an MP4 should have, 0 if unknown, and whether the index is among them."""
    at, has_index = 0, False
    while at + 8 <= length:
        file.seek(at)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8 or not head[4:8].isalnum():
            return 0, has_index  # the last box extends to the end, or what follows is not part of the video
        has_index |= head[4:8] == b"moov"
        at += size
    return at, has_index


def _matroska(file: BinaryIO, length: int) -> int:
    at = 0
    while at + 12 <= length:
        file.seek(at)
        head = file.read(12)
        kind, size, used = head[:4], 0, 0
        width = 9 - head[4].bit_length()
        if width > 8:
            return 0
        size = int.from_bytes(head[4 : 4 + width], "big") & ((1 << 7 * width) - 1)
        used = 4 + width
        if kind not in (_EBML, _SEGMENT) or size == (1 << 7 * width) - 1:
            return 0
        at += used + size
    return at


def _riff(file: BinaryIO) -> int:
    at = end = 0
    while (head := file.read(12))[:4] == b"RIFF" and len(head) == 12:
        if (size := int.from_bytes(head[4:8], "little")) in (0, 2**32 - 1):
            return 0  # not written, for example because the camera lost power
        end = at + 8 + size
        at = end + (size & 1)
        file.seek(at)
    return end


def _flv_is_whole(file: BinaryIO, length: int) -> bool:
    file.seek(max(0, length - 4))
    size = int.from_bytes(file.read(4), "big")
    if not 11 <= size <= length - 4 - 9:
        return False
    file.seek(length - 4 - size)
    return int.from_bytes(file.read(4)[1:], "big") == size - 11
