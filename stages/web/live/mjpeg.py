"""MJPEG over HTTP: JPEG pictures one after the other, as parts of an answer that does not end (RFC 2046, 5.1)."""

BOUNDARY = "picture"
MEDIA_TYPE = f"multipart/x-mixed-replace; boundary={BOUNDARY}"


def part(jpeg: bytes) -> bytes:
    """Return a picture as it stands in the stream."""
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"
