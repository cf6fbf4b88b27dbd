"""Recognises a container by its first bytes, and follows the elements of MP4 and Matroska."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

HEAD_BYTES = 197
"""Bytes from which `kind_of` recognises a file: the second packet of an M2TS begins near their end."""
EBML, SEGMENT = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")
ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
UNKNOWN = -1
"""Size of an element that ends where the next one begins."""
PACKETS = {"ts": (188, 0), "m2ts": (192, 4)}
"""Bytes of an MPEG-TS packet, and which of them is its sync byte."""
_FARTHEST = 2**43
"""Place that no file reaches; damaged sizes may lead to places that no system accepts."""
_BEGINNINGS = {
    EBML: "matroska",
    b"RIFF": "riff",
    b"FLV": "flv",
    b"OggS": "ogg",
    b"\0\0\1\xba": "ps",
    bytes.fromhex("060e2b34"): "mxf",
    bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"): "asf",
}


def kind_of(head: bytes) -> str:
    """Return the kind of a file by its first `HEAD_BYTES`; "" if it is none of these.

    `ts` and `m2ts` (MPEG-TS), `mp4` (and MOV), `matroska` (and WebM), `riff` (AVI and others), `flv`, `ogg`, `ps`
    (MPEG-PS), `mxf` and `asf` (WMV).
    """
    for kind, (size, first) in PACKETS.items():
        if head[first : first + 1] == head[first + size : first + size + 1] == b"G":
            return kind
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp"):
        return "mp4"
    return next((kind for beginning, kind in _BEGINNINGS.items() if head.startswith(beginning)), "")


def kind_of_file(path: Path) -> str:
    """Return the kind of a file, see `kind_of`.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        return kind_of(file.read(HEAD_BYTES))


def read_at(file: BinaryIO, at: int, size: int) -> bytes:
    """Return these bytes of a file, fewer at its end, and go behind them."""
    file.seek(min(at, _FARTHEST))
    return file.read(size)


def boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, place and bytes of each box of an MP4.

    The last one may extend to the end of the file: 0 bytes. What is no box ends them: `UNKNOWN` bytes.
    """
    at = 0
    while len(head := read_at(file, at, 16)) >= 8:
        kind, size = head[4:8], int.from_bytes(head[:4], "big")
        size = int.from_bytes(head[8:16], "big") if size == 1 else size
        if size < 8 or not kind.isalnum():
            yield kind, at, UNKNOWN if size or not kind.isalnum() else 0
            return
        yield kind, at, size
        at += size


def element(file: BinaryIO, at: int) -> tuple[bytes, int, int] | None:
    """Return identifier, bytes of the header and of the content of an EBML element; None if there is none."""
    head = read_at(file, at, 12)
    wide = 9 - head[0].bit_length() if head else 9
    if wide > 4 or len(head) <= wide:
        return None
    long = 9 - head[wide].bit_length()
    if long > 8 or len(head) < wide + long:
        return None
    size = int.from_bytes(head[wide : wide + long], "big") & ((1 << 7 * long) - 1)
    return head[:wide], wide + long, UNKNOWN if size == (1 << 7 * long) - 1 else size
