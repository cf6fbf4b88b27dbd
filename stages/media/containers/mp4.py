"""Reads the index of an MP4 or MOV: creation time, duration, and the frames that its edits show."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stages.media.containers.pose import UPRIGHT, Matrix

_EPOCH_S = 2_082_844_800
"""Seconds from 1904, the epoch of QuickTime, to 1970."""
_NESTED = {b"trak", b"mdia", b"minf", b"stbl", b"edts"}
_LARGEST_INDEX = 256 * 2**20
_MOST_FRAMES = 20_000_000
_MOST_EDITS = 10_000
_DEEPEST = 8
"""Boxes inside each other; `stbl` is the fourth."""

Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Index:
    """The result of `read_index`."""

    duration_ns: int = 0
    """Duration, 0 if unknown."""
    created_s: float = 0.0
    """Creation time, UNIX seconds, 0 if unknown."""
    frames: int = 0
    """Frames of the first video track inside its edits; 0 if the index does not say (fragments)."""
    partial_ns: frozenset[int] = frozenset()
    """Positions in the track's time where an edit begins in the middle of a frame, which `frames` does not count."""
    full_range: bool = False
    """Whether its `colr` box says that luma ranges from 0 to 255."""
    start_ns: int = 0
    """When its first frame is shown, from the movie's start; 0 if the index does not say."""
    has_edits: bool = False
    """Whether that track has an edit list and this index lists all of its frames."""
    matrix: Matrix = UPRIGHT
    """Its display matrix. Front cameras may mirror."""


def read_index(path: Path) -> Index | None:
    """Return the index of an MP4 or MOV, None without a readable one.

    Raises:
        OSError: The file cannot be read.
    """
    try:
        index = _index_box(path)
        return None if index is None else _parse(index)
    except (ValueError, IndexError, OverflowError):  # a damaged index
        return None


def has_note(path: Path, note: str) -> bool:
    """Return whether the index of an MP4 has a text, as a comment for instance; False without a readable index."""
    try:
        return note.encode() in (_index_box(path) or b"")
    except (OSError, OverflowError):
        return False


def _index_box(path: Path) -> bytes | None:
    """Return the content of the first box `moov`, None without one, or if it is too large."""
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, kind, used = int.from_bytes(head[:4], "big"), head[4:], 8
            if size == 1:
                size, used = int.from_bytes(file.read(8), "big"), 16
            if kind == b"moov" and used < size <= _LARGEST_INDEX:
                return file.read(size - used)
            if not used <= size < 2**62 or not kind.isascii():
                break
            file.seek(size - used, 1)
    return None


def hide_duration(data: NDArray[np.uint8]) -> bool:
    """Set the duration to 0, unknown, in a piece of a file; return whether it held the index.

    Args:
        data: `uint8[n]`, a piece of the file; changed in place.
    """
    head = data[:8].tobytes()
    if head[4:] != b"moov" or data.size < int.from_bytes(head[:4], "big"):
        return False
    at = data.tobytes().find(b"mvhd") + 4
    if at < 4:
        return True
    first, last = (24, 32) if data[at] == 1 else (16, 20)
    data[at + first : at + last] = 0
    return True


def _parse(movie: bytes) -> Index:
    boxes = list(_boxes(movie))
    header = next((body for kind, body in boxes if kind == b"mvhd"), b"")
    created, scale, duration = _header(header)
    fragmented = any(kind == b"mvex" for kind, _ in boxes)
    frames, partial_ns, start_ns = 0, frozenset[int](), 0
    has_edits, full_range, matrix = False, False, UPRIGHT
    for kind, body in boxes:
        if kind != b"trak":
            continue
        track: dict[bytes, bytes] = {}
        for name, leaf in _leaves(body):  # a MOV has a second `hdlr`, for its data
            track.setdefault(name, leaf)
        if track.get(b"hdlr", b"")[8:12] == b"vide":
            table = track.get(b"stsd", b"")
            at = table.find(b"colrnclx")
            full_range = at >= 0 and table[at + 14 : at + 15] >= b"\x80"
            has_edits = b"elst" in track and not fragmented
            matrix = _matrix(track.get(b"tkhd", b""))
            if not fragmented:
                frames, partial_ns, start_ns = _count(track, scale)
            break
    return Index(
        duration_ns=duration * 10**9 // scale if scale else 0,
        created_s=created - _EPOCH_S if created > _EPOCH_S else 0.0,
        frames=frames,
        partial_ns=partial_ns,
        start_ns=start_ns,
        full_range=full_range,
        has_edits=has_edits,
        matrix=matrix,
    )


def _matrix(body: bytes) -> Matrix:
    """Return the signs of a, b, c and d in the display matrix of a `tkhd`."""
    at = 52 if body[:1] == b"\1" else 40
    a, b, _, c, d = (int.from_bytes(body[i : i + 4], "big", signed=True) for i in range(at, at + 20, 4))
    return (a > 0) - (a < 0), (b > 0) - (b < 0), (c > 0) - (c < 0), (d > 0) - (d < 0)


def _count(track: dict[bytes, bytes], movie_scale: int) -> tuple[int, frozenset[int], int]:
    """Return how many of a track's frames its edits show, where edits begin within a frame, and the first's time."""
    _, scale, _ = _header(track[b"mdhd"]) if b"mdhd" in track else (0, 0, 0)
    counts, steps = _table(track.get(b"stts", b""), 2).T
    samples = int.from_bytes(track[b"stsz"][8:12], "big") if b"stsz" in track else _MOST_FRAMES
    # a damaged count can be four billion
    if counts.sum() > min(samples, _MOST_FRAMES) or not scale:
        return 0, frozenset(), 0
    times = np.cumsum(np.repeat(steps, counts)) - np.repeat(steps, counts)
    if b"ctts" in track:
        counts, shifts = _table(track[b"ctts"], 2).T
        ends = np.cumsum(counts)
        shift = shifts[np.searchsorted(ends, np.arange(min(times.size, ends[-1:].sum())), side="right")]
        times[: shift.size] += np.where(shift < 2**31, shift, shift - 2**32)
    edits = _edits(track.get(b"elst", b""))
    times.sort()
    if not edits:
        return times.size, frozenset(), max(0, int(times[:1].sum())) * 10**9 // scale
    total, within = 0, set()
    played, shown_ns = 0, list[int]()
    for duration, start in edits:
        if start >= 0:
            # the movie's clock may be coarser than the track's
            stop = start + (duration - 0.5) * scale / max(1, movie_scale) if duration else np.inf
            first, end = np.searchsorted(times, start), np.searchsorted(times, stop)
            if first == times.size or times[first] != start:
                within.add(start * 10**9 // scale)
            total += max(0, int(end - first))
            if end > first:
                shown_ns.append(played * 10**9 // max(1, movie_scale) + (int(times[first]) - start) * 10**9 // scale)
        played += duration
    return total, frozenset(within), shown_ns[0] if shown_ns else 0


def _edits(body: bytes) -> list[tuple[int, int]]:
    """Return each edit's duration in the movie's ticks and start in the track's; a start of -1 shows nothing."""
    wide = body[:1] == b"\1"
    word, edits = (8 if wide else 4), list[tuple[int, int]]()
    if len(body) > 8 + _MOST_EDITS * (2 * word + 4):
        raise ValueError(f"expected at most {_MOST_EDITS} edits")
    for at in range(8, len(body) - 2 * word - 3, 2 * word + 4):
        duration, start = body[at : at + word], body[at + word : at + 2 * word]
        edits.append((int.from_bytes(duration, "big"), int.from_bytes(start, "big", signed=True)))
    return edits


def _header(body: bytes) -> tuple[int, int, int]:
    """Return creation time, ticks per second and duration of an `mvhd` or `mdhd`."""
    wide = body[:1] == b"\1"
    fields = [(4, 12), (20, 24), (24, 32)] if wide else [(4, 8), (12, 16), (16, 20)]
    made, scale, duration = (int.from_bytes(body[a:b], "big") for a, b in fields)
    unknown = 2**64 - 1 if wide else 2**32 - 1
    return made, scale, 0 if duration == unknown else duration


def _table(body: bytes, columns: int) -> Integers:
    return (
        np.frombuffer(body[8 : 8 + (len(body) - 8) // (4 * columns) * 4 * columns], ">u4")
        .reshape(-1, columns)
        .astype(np.int64)
    )


def _leaves(body: bytes, depth: int = _DEEPEST) -> Iterator[tuple[bytes, bytes]]:
    for kind, inside in _boxes(body):
        if kind in _NESTED and depth:
            yield from _leaves(inside, depth - 1)
        else:
            yield kind, inside


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8:
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size
