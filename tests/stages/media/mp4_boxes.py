"""Writes edit lists and dates into MP4 files, as video editors and phones do."""

import struct
from collections.abc import Sequence
from pathlib import Path

_NESTED = {b"moov", b"trak", b"mdia"}


def edit(path: Path, edits: Sequence[tuple[float, float]], *, created_s: int = 0) -> None:
    """Give the video track of an MP4 another edit list; its index must stand at the end of the file.

    Args:
        path: The file.
        edits: Of each edit the duration and its start in the track, seconds; a start of -1 shows nothing.
        created_s: When the film was made, UNIX seconds; 0 leaves that out.
    """
    data = path.read_bytes()
    at = data.rindex(b"moov") - 4
    movie = data[at + 8 :]
    head = movie[movie.index(b"mvhd") + 4 :]
    scale = struct.unpack(">I", head[12:16])[0]
    media = movie[movie.index(b"mdhd") + 4 :]
    ticks = struct.unpack(">I", media[12:16])[0]
    rows = b"".join(
        struct.pack(">IiI", round(duration * scale), -1 if start < 0 else round(start * ticks), 1 << 16)
        for duration, start in edits
    )
    edts = box(b"edts", box(b"elst", struct.pack(">II", 0, len(edits)) + rows))
    total = round(sum(duration for duration, _ in edits) * scale)
    path.write_bytes(data[:at] + _rewrite(data[at:], edts, total, created_s))


def _rewrite(data: bytes, edts: bytes, duration: int, created_s: int) -> bytes:
    result, at = b"", 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + size]
        if kind == b"mvhd":
            made = struct.pack(">I", created_s + 2_082_844_800 if created_s else 0)
            body = body[:4] + made + body[8:16] + struct.pack(">I", duration) + body[20:]
        elif kind in _NESTED:
            body = _rewrite(body, edts, duration, created_s)
        if kind != b"edts":
            result += box(kind, body)
        if kind == b"tkhd":
            result += edts
        at += size
    return result


def box(kind: bytes, body: bytes) -> bytes:
    """Return a box."""
    return struct.pack(">I4s", len(body) + 8, kind) + body
