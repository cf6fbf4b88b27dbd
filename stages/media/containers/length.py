"""Detects files that were cut off: they have fewer bytes than their headers say, and no decoder reports it."""

from pathlib import Path
from typing import BinaryIO

from stages.media.containers.kinds import (
    ASF_PROPERTIES,
    EBML,
    HEAD_BYTES,
    PACKETS,
    SEGMENT,
    UNKNOWN,
    boxes,
    element,
    kind_of,
    read_at,
)

_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
"""Brands of HEIF images, as iPhones take them."""


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
        kind = kind_of(file.read(HEAD_BYTES))
        file.seek(0)
        if kind in PACKETS:
            size = PACKETS[kind][0]
            return f"expected packets of {size} bytes, found part of one: it is cut off" if found % size else ""
        if kind == "matroska":
            expected = _matroska(file, found)
        elif kind == "riff":
            expected = _riff(file)
        elif kind == "asf":
            at = (block := file.read(64 * 1024)).find(ASF_PROPERTIES)
            expected = int.from_bytes(block[at + 40 : at + 48], "little") if at > 0 else 0
        elif kind == "flv":
            whole = _flv_is_whole(file, found)
            return "" if whole else "expected a whole tag at its end, found part of one: it is cut off"
        elif kind == "mp4":
            expected, has_index = _mp4(file)
            brand = read_at(file, 8, 4)
            if not has_index and brand in _HEIF:
                return "expected a video, or an image in JPEG, PNG, WebP, TIFF, AVIF or GIF, found HEIC: convert it"
            if not has_index and brand == b"avif":
                return ""
            if not has_index:
                return "expected a video with an index, found none (moov): it is cut off, or is still being written"
        else:
            return None
    return f"expected {expected} bytes, as its header says, found {found}: it is cut off" if expected > found else ""


def _mp4(file: BinaryIO) -> tuple[int, bool]:
    """Return the bytes that the boxes of an MP4 should have, 0 if unknown, and whether the index is among them."""
    end, has_index = 0, False
    for kind, at, size in boxes(file):
        if size <= 0:
            return 0, has_index  # the last box extends to the end, or what follows is not part of the video
        has_index |= kind == b"moov"
        end = at + size
    return end, has_index


def _matroska(file: BinaryIO, length: int) -> int:
    at = 0
    while at + 12 <= length:
        found = element(file, at)
        if found is None or found[0] not in (EBML, SEGMENT) or found[2] == UNKNOWN:
            return 0
        at += found[1] + found[2]
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
