"""The delay of a broadcast's video behind its audio, which GStreamer's demultiplexer does not report."""

from collections.abc import Iterator
from pathlib import Path

_PACKET = 188
_LOOK_BYTES = 8 * 2**20
"""Bytes within which to find the first audio and the first frame; a recording's first seconds have less."""
WRAP, TICKS = 2**33, 90_000
"""Ticks after which the clock of MPEG begins again, and ticks of a second."""


def video_delay_ns(path: Path) -> int:
    """Return how long after the first audio the first frame is shown, 0 if it is not later.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(_LOOK_BYTES)
    sound: int | None = None
    for stream, time in times(data):
        if 0xE0 <= stream <= 0xEF:
            delay = (time - sound) % WRAP if sound is not None else 0
            return delay * 10**9 // TICKS if delay < WRAP // 2 else 0
        sound = time if sound is None else sound
    return 0


def times(data: bytes, size: int = 188, first: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the kind of stream and the time, ticks, of all that begins in some packets; stops at a damaged one.

    Args:
        data: The packets.
        size: Bytes of one.
        first: Which of them is its sync byte.
    """
    for at in range(first, len(data) - size, size):
        if data[at] != 0x47:
            return
        if not data[at + 1] & 0x40 or not data[at + 3] & 0x10:
            continue  # nothing begins here
        start = at + 4 + (1 + data[at + 4] if data[at + 3] & 0x20 else 0)
        head = data[start : min(start + 14, at + _PACKET)]
        if len(head) < 14 or head[:3] != b"\0\0\1" or not head[7] & 0x80:
            continue
        time = (head[9] >> 1 & 7) << 30 | head[10] << 22 | head[11] >> 1 << 15 | head[12] << 7 | head[13] >> 1
        yield head[3], time
