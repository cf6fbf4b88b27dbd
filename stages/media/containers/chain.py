"""Detects damage inside a file: where the chain of its container's elements breaks and continues further on.

Demultiplexers search for the next element they know, and report nothing (GStreamer 1.22), so seconds may be missing.
"""

from collections import Counter
from collections.abc import Callable
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
from stages.media.containers.matroska import CLUSTER
from stages.media.containers.mxf import KLV, next_element

_BLOCK = 4 * 2**20
"""Bytes that are read at once."""
_TOP = {CLUSTER} | {
    bytes.fromhex(one)
    for one in ("114d9b74", "1549a966", "1654ae6b", "1c53bb6b", "1043a770", "1254c367", "1941a469", "ec", "bf")
}
"""Identifiers of what a Matroska segment holds."""
_IN_CLUSTER = {bytes.fromhex(one) for one in ["e7", "a3", "a0", "a7", "ab", "af", "5854", "ec", "bf"]}
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_PACK, _END_OF_PROGRAM = b"\0\0\1\xba", b"\0\0\1\xb9"


def break_in(path: Path) -> int | None:
    """Return the byte at which a file is damaged; None if it is not, or its format has no chain.

    What follows its last element, such as the zeros of a recorder that reserves space, is no damage.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        kind = kind_of(head)
        if kind in PACKETS:
            return _packets(file, *PACKETS[kind])
        if kind in _CHAINS and (kind != "riff" or head[8:12] == b"AVI "):
            return _CHAINS[kind](file)
    return None


def _continues(file: BinaryIO, at: int, *signs: bytes) -> int | None:
    """Return where the chain broke if it continues further on, else None."""
    kept = read_at(file, at, 0)
    while block := file.read(_BLOCK):
        if any(sign in kept + block for sign in signs):
            return at
        kept = block[-16:]
    return None


def _matroska(file: BinaryIO) -> int | None:
    at, end = 0, 0  # here, and where the cluster ends
    while (found := element(file, at)) is not None:
        kind, head, size = found
        if kind in (EBML, SEGMENT):
            at += head + (size if kind == EBML else 0)
        elif kind == CLUSTER:
            end = at + head + size if size != UNKNOWN else 2**63
            at += head
        elif size != UNKNOWN and (kind in _IN_CLUSTER if at < end else kind in _TOP):
            at += head + size
        elif kind in _TOP and end == 2**63:  # a cluster of a live recording ends where the next element begins
            end = 0
        else:
            break
    return _continues(file, at, CLUSTER)


def _mp4(file: BinaryIO) -> int | None:
    end = 0
    for kind, at, size in boxes(file):
        if size == 0 and kind == b"mdat":
            return None  # up to the end
        end = at + max(0, size)
    return _continues(file, end, b"moof", b"mdat")


def _avi(file: BinaryIO) -> int | None:
    at = 0
    while len(head := read_at(file, at, 12)) >= 8:
        kind, size = head[:4], int.from_bytes(head[4:8], "little")
        if kind in (b"RIFF", b"LIST") and head[8:12] in (b"AVI ", b"AVIX", b"movi", b"rec "):
            at += 12
        elif kind[:2].isdigit() or (kind.isascii() and kind.decode().replace(" ", "_").isidentifier()):
            at += 8 + size + (size & 1)
        else:
            break
    return _continues(file, at, b"00dc", b"00db", b"01wb", b"idx1")


def _flv(file: BinaryIO) -> int | None:
    at = int.from_bytes(read_at(file, 5, 4), "big") + 4
    while len(head := read_at(file, at, 11)) == 11:
        size = int.from_bytes(head[1:4], "big")
        if head[0] & 0x1F not in (8, 9, 18) or read_at(file, at + 11 + size, 4) != (size + 11).to_bytes(4, "big"):
            file.seek(at)
            return at if any(file.read(_BLOCK)) else None
        at += 15 + size
    return None


def _ogg(file: BinaryIO) -> int | None:
    at = 0
    while len(head := read_at(file, at, 27)) == 27 and head[:4] == b"OggS":
        at += 27 + head[26] + sum(file.read(head[26]))
    return _continues(file, at, b"OggS")


def _program(file: BinaryIO) -> int | None:
    at = 0
    while len(head := read_at(file, at, 14)) == 14 and head[:3] == _PACK[:3]:
        if head[:4] == _PACK:
            at += 14 + (head[13] & 7) if head[4] >> 6 else 12
        elif head[:4] == _END_OF_PROGRAM:
            at += 4
        elif head[3] > 0xBA:
            at += 6 + int.from_bytes(head[4:6], "big")
        else:
            break
    return _continues(file, at, _PACK)


def _mxf(file: BinaryIO) -> int | None:
    at = 0
    while found := next_element(file, at):
        _, at = found
    return _continues(file, at, KLV)


def _asf(file: BinaryIO) -> int | None:
    """Compare how packets begin; all of a file are of the same size."""
    at = 30
    size = count = 0
    while len(head := read_at(file, at, 24)) == 24:
        if head[:16] == ASF_PROPERTIES:
            size = int.from_bytes(read_at(file, at + 92, 4), "little")
        if head[:16] == _ASF_DATA:
            count = int.from_bytes(read_at(file, at + 40, 8), "little")
            break
        at += max(24, int.from_bytes(head[16:24], "little"))
    first = at + 50
    end = min(first + size * count, file.seek(0, 2))  # a damaged count may be anything
    kinds = [read_at(file, place, 1) for place in range(first, end, size)] if size else []
    usual = Counter(kinds).most_common(1)
    return next((first + size * i for i, kind in enumerate(kinds) if kind and kind != usual[0][0]), None)


def _packets(file: BinaryIO, size: int, first: int) -> int | None:
    """Return the first packet of a transport stream without its sync byte, if another one follows that has it."""
    block = size * (_BLOCK // size)
    at, broken = 0, None
    file.seek(0)
    while data := file.read(block):
        signs = data[first::size]
        if broken is None and signs.strip(b"G"):
            broken = at + size * (len(signs) - len(signs.lstrip(b"G")))
        if broken is not None and b"G" in signs[max(0, (broken - at) // size) :].lstrip(b"\0"):
            return broken
        at += len(data)
    return None


_CHAINS: dict[str, Callable[[BinaryIO], int | None]] = {
    "matroska": _matroska,
    "mp4": _mp4,
    "riff": _avi,
    "flv": _flv,
    "ogg": _ogg,
    "ps": _program,
    "mxf": _mxf,
    "asf": _asf,
}
"""By `kind_of`: returns where the chain breaks and continues further on, else None."""
