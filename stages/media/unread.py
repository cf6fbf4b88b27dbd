"""Recognises video that OpenCV decodes but does not convert: it then returns memory that it never wrote to."""

from pathlib import Path

import cv2
import numpy as np

_PACKETS = 12
"""Packets to compare, after the first one."""
_REPEATED_BYTES = 500
"""Bytes of a packet up to which it may say that nothing has changed."""
UNREAD = "expected progressive video, found interlaced video: OpenCV cannot convert it, GStreamer can"


def is_unread(path: Path) -> bool:
    """Return whether the packets of a file differ, of which OpenCV made the same frame again and again.

    OpenCV 4.14 does so with interlaced video, and reports success. Of a picture that stands still, packets are either
    small or all the same.
    """
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
    packets: list[bytes] = []
    try:
        while len(packets) <= _PACKETS and (found := capture.read())[0]:
            packets.append(np.asarray(found[1]).tobytes())
    finally:
        capture.release()
    packets = packets[1:]
    sizes = sorted(len(packet) for packet in packets)
    return len(set(packets)) > 1 and sizes[len(sizes) // 2] > _REPEATED_BYTES
