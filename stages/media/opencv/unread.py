"""Tells which files OpenCV can read: some it decodes but does not convert, and returns memory it never wrote to."""

import zlib
from pathlib import Path

import cv2
import numpy as np

from stages.media.containers.avi import is_top_down

_PACKETS = 12
"""Packets to compare, after the first one."""
_REPEATED_BYTES = 500
"""Bytes of a packet up to which it may say that nothing has changed."""
ALIKE = 3
"""Frames without any change after the first one, after which to find out whether they are frames at all."""
_ADAPTIVE = b"ffv1", b"ffvh"
"""Codecs whose packets differ also where nothing has changed: they use what they learned from those before."""
_BGR = int.from_bytes(b"BGR\x18", "little")
"""FFmpeg's tag of pixels of three bytes, blue first."""
UNREAD = "expected progressive video, found interlaced video: OpenCV cannot convert it, GStreamer can"


def is_unread(path: Path) -> bool:
    """Return whether the packets of a file differ, of which OpenCV made the same frame again and again.

    OpenCV 4.14 does so with interlaced video, and reports success. Of a picture that stands still, packets are either
    small or all the same.
    """
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
    packets: list[bytes] = []
    try:
        if (int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF).to_bytes(4, "little").lower() in _ADAPTIVE:
            return False
        while len(packets) <= _PACKETS and (found := capture.read())[0]:
            packets.append(np.asarray(found[1]).tobytes())
    finally:
        capture.release()
    packets = packets[1:]
    # compressed: a constant bitrate fills packets with zeros or ones
    sizes = sorted(len(zlib.compress(packet)) for packet in packets)
    return len(set(packets)) > 1 and sizes[len(sizes) // 2] > _REPEATED_BYTES


def crashes_opencv(path: Path, capture: cv2.VideoCapture) -> bool:
    """Return whether a file is uncompressed video of a kind that OpenCV 4.14 may not survive."""
    codec, pixels = (int(capture.get(what)) for what in (cv2.CAP_PROP_FOURCC, cv2.CAP_PROP_CODEC_PIXEL_FORMAT))
    if codec or pixels & 0xFFFFFFFF != _BGR:
        return False
    return not is_top_down(path)


def can_read(path: Path) -> bool:
    """Return whether OpenCV can decode and convert the first frames of a file."""
    level = cv2.utils.logging.getLogLevel()
    # it would write a line of its own for what is no video
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        if crashes_opencv(path, capture):
            return False
        found, first = capture.read()
        changed = found and any(not np.array_equal(first, capture.read()[1]) for _ in range(ALIKE))
    finally:
        capture.release()
        cv2.utils.logging.setLogLevel(level)
    return bool(found and (changed or not is_unread(path)))
