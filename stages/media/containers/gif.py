"""Reads how long each frame of a GIF is shown, without decoding it."""

from pathlib import Path

_EXTENSION, _FRAME, _CONTROL = 0x21, 0x2C, 0xF9
_HEADER = 13
"""Bytes before the first table of colours."""


def durations_ms(path: Path) -> list[int]:
    """Return the duration of each frame of a GIF, milliseconds, 0 where it gives none; ends where it is damaged.

    Raises:
        OSError: The file cannot be read.
    """
    data = path.read_bytes()
    found: list[int] = []
    delay = 0
    at = _HEADER + _colours(data[10]) if len(data) > _HEADER else len(data)
    try:
        while data[at] in (_EXTENSION, _FRAME):
            if data[at] == _FRAME:
                found.append(delay)
                delay = 0
                at = _behind_blocks(data, at + 11 + _colours(data[at + 9]))
            else:
                if data[at + 1] == _CONTROL:
                    delay = 10 * int.from_bytes(data[at + 4 : at + 6], "little")
                at = _behind_blocks(data, at + 2)
    except IndexError:
        pass  # cut off
    return found


def _colours(flags: int) -> int:
    """Return the bytes of a table of colours."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _behind_blocks(data: bytes, at: int) -> int:
    while size := data[at]:
        at += size + 1
    return at + 1
