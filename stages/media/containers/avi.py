"""How the uncompressed video of an AVI is stored: neither decoder reads all of it."""

import struct
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_HEAD = 64 * 1024
"""Bytes at the start of a file within which its streams are described."""


class Raw(NamedTuple):
    """Uncompressed RGB or gray, as in a device-independent bitmap of Windows."""

    bits: int
    """Bits per pixel."""
    is_top_down: bool
    """Whether the first row is stored first: the height is below 0."""


def raw_video(path: Path) -> Raw | None:
    """Return how an AVI stores its video if that is uncompressed RGB or gray; None for anything else."""
    with suppress(OSError, struct.error), path.open("rb") as file:
        head = file.read(_HEAD)
        if head[:4] != b"RIFF" or head[8:12] != b"AVI ":
            return None
        at = head.find(b"vids")
        # the format of a stream follows its header
        at = head.find(b"strf", at) if at > 0 else -1
        if at < 0:
            return None
        _, _, height, _, bits, compression = struct.unpack_from("<IiiHHI", head, at + 8)
        return Raw(bits, height < 0) if compression == 0 else None
    return None
