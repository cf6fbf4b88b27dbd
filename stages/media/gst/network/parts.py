"""MJPEG over HTTP (multipart), also of cameras that do not keep to its rules."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from stages.media import gstreamer

IN_PARTS = "multipart/x-mixed-replace,images=jpeg"
"""Caps that a stream of JPEG images in parts is remembered by."""
PARSER = "jpegparse"
"""Element that cuts a stream of JPEG images into images, and skips what is between them."""
MOST_HELD = 16_384
"""Bytes in which the first JPEG image is looked for; long headers, text or another part may precede it."""
LEAST_IMAGE = 100
"""Bytes of an image, at least; a shorter `Content-Length` is wrong."""
_PART = re.compile(rb"\s*(?:--|[\w-]+:)")
"""How a stream in parts begins: by a boundary, or by the headers of its first part."""
_IMAGE = re.compile(rb"(?:\A|(?<=\n))\xff\xd8\xff")
"""How a JPEG image begins, behind the empty line that ends the headers of its part."""
_BOUNDARY = re.compile(rb"^--[^\r\n]+", re.MULTILINE)
_TYPE = re.compile(rb"^content-type:[^\r\n]+", re.MULTILINE | re.IGNORECASE)
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d+)", re.MULTILINE | re.IGNORECASE)


class Parts:
    """Replaces what precedes the first JPEG image of a stream in parts; other streams are unchanged.

    GStreamer's `multipartdemux` needs a boundary and a known `Content-Type` in front of the first image, within the
    first bytes; many cameras send less, more, or types of their own. Where there is no boundary as it knows it, or a
    wrong length, nothing precedes the image afterwards: then `jpegparse` finds each image by itself.

    Args:
        pad: The output of the source, whose beginning is held back until the kind is known.
        found: Takes the caps of a stream in parts.
    """

    def __init__(self, pad: Any, found: list[Any]) -> None:
        self._gst = gstreamer.load()
        self._found = found
        self._held: Any = None
        """What has arrived so far; its time is that of its first bytes."""
        kinds = self._gst.PadProbeType
        self._probe = pad.add_probe(kinds.BUFFER | kinds.EVENT_DOWNSTREAM, self._examine)

    def _examine(self, pad: Any, info: Any) -> Any:
        gst = self._gst
        if not info.type & gst.PadProbeType.BUFFER:
            if info.get_event().type == gst.EventType.EOS:
                self._release(pad, 0, b"")
            return gst.PadProbeReturn.OK
        buffer = info.get_buffer()
        self._held = buffer if self._held is None else self._held.append(buffer)
        data = self._held.extract_dup(0, MOST_HELD)
        headers = _headers_of(pad)
        is_parts = bool(_PART.match(data)) or "multipart/" in headers.lower()
        if is_parts and (image := _IMAGE.search(data)):
            self._found.append(gst.Caps.from_string(IN_PARTS))
            self._release(pad, image.start(), new_head(data[: image.start()], headers))
        elif not is_parts or len(data) == MOST_HELD:
            self._release(pad, 0, b"")
        return gst.PadProbeReturn.DROP

    def _release(self, pad: Any, begin: int, head: bytes) -> None:
        """Send what was held, from a byte on and behind another head, and look no further."""
        pad.remove_probe(self._probe)
        held, self._held = self._held, None
        if held is None:
            return
        what = self._gst.BufferCopyFlags
        rest = held.copy_region(what.FLAGS | what.TIMESTAMPS | what.META | what.MEMORY, begin, held.get_size() - begin)
        if head:
            first = self._gst.Buffer.new_wrapped(head)
            first.pts = rest.pts
            pad.push(first)
        pad.push(rest)


def new_head(head: bytes, headers: str) -> bytes:
    """Return what to put before the first image, so that `multipartdemux` reads the stream; nothing if it cannot.

    Args:
        head: What precedes the image.
        headers: Those of the camera's answer, in any form.
    """
    length = _LENGTH.findall(head)
    if not head.strip() or (length and int(length[-1]) < LEAST_IMAGE):
        return b""
    boundary: bytes = next(reversed(_BOUNDARY.findall(head)), b"")
    if not boundary:  # some cameras send boundaries behind their images only
        found = re.search(r'boundary[\s"\\=]+([^\s"\\;,)]+)', headers, re.IGNORECASE)
        name = found[1].removeprefix("--").encode() if found else b""
        if not name or name in head.split():
            return b""
        boundary = b"--" + name
    # its own type: parts of another one would be another stream
    kind = next(reversed(_TYPE.findall(head)), b"Content-Type: image/jpeg")
    lines = [boundary, kind, *(b"Content-Length: " + one for one in length[-1:]), b"", b""]
    return b"\r\n".join(lines)


def is_jpeg_in_parts(found: Iterable[Any]) -> bool:
    """Return whether `Parts` has put its caps into these."""
    return any(caps.get_size() and caps.get_structure(0).has_field("images") for caps in found)


def name_part(_: Any, pad: Any, found: Sequence[Any]) -> None:
    """Name JPEG as GStreamer does on a pad that `multipartdemux` has added, before a decoder is chosen for it.

    Cameras call it image/jpg, application/octet-stream, text/plain and others.
    """
    gst = gstreamer.load()
    if is_jpeg_in_parts(found):
        pad.store_sticky_event(gst.Event.new_caps(gst.Caps.from_string("image/jpeg")))


def _headers_of(pad: Any) -> str:
    """Return the headers of the camera's answer, nested, with escapes of escapes."""
    number, headers = 0, ""
    while event := pad.get_sticky_event(gstreamer.load().EventType.CUSTOM_DOWNSTREAM_STICKY, number):
        number += 1
        headers += event.get_structure().to_string()
    return headers
