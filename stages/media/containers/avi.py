"""How the uncompressed video of an AVI is stored: neither decoder reads all of it."""

import struct
from contextlib import suppress
from pathlib import Path

_HEAD = 64 * 1024
"""Bytes at the start of a file within which its streams are described."""


def is_top_down(path: Path) -> bool:
    """Return whether an AVI has uncompressed RGB or gray whose first row is stored first: the height is below 0."""
    with suppress(OSError, struct.error), path.open("rb") as file:
        head = file.read(_HEAD)
        if head[:4] != b"RIFF" or head[8:12] != b"AVI ":
            return False
        at = head.find(b"vids")
        # the format of a stream follows its header
        at = head.find(b"strf", at) if at > 0 else -1
        if at < 0:
            return False
        _, _, height, _, _, compression = struct.unpack_from("<IiiHHI", head, at + 8)
        return bool(compression == 0 and height < 0)
    return False
