"""Which reader decodes an address on this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stages.media.address import Address
from stages.media.cv_reader import CvReader, crashes_gstreamer
from stages.media.reader import Reader

_HEAD_BYTES = 64 * 1024
"""Bytes within which an animated PNG is known as one: names and a colour profile may precede its first pixels."""


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens addresses, all in the same way; see `stages.capture` for the options."""

    gstreamer: bool
    """Whether GStreamer is installed; else OpenCV decodes."""
    transport: Literal["tcp", "udp"]
    latency_ms: int
    width: int
    height: int
    fps: float
    stall_s: float
    paced: bool
    """Whether a file is played at its own speed."""
    verify_tls: bool
    decoder: str

    def open(self, address: Address) -> Reader:
        """Return a reader of an address."""
        width, height, fps = self.width, self.height, self.fps
        if address.kind == "file" and _is_animation(address.paths[0]):
            from stages.media.gif_reader import GifReader

            return GifReader(address.paths[0], width=width, height=height, fps=fps)
        if self.gstreamer and not (address.kind == "file" and crashes_gstreamer(address.paths[0])):
            from stages.media.gst.gst_reader import GstReader

            return GstReader(
                address,
                transport=self.transport,
                latency_ms=self.latency_ms,
                width=width,
                height=height,
                fps=fps,
                paced=self.paced,
                verify_tls=self.verify_tls,
                decoder=self.decoder,
            )
        return CvReader(
            address,
            transport=self.transport,
            timeout_s=self.stall_s,
            width=width,
            height=height,
            fps=fps,
            verify_tls=self.verify_tls,
        )


def _is_animation(path: Path) -> bool:
    """Return whether a file is a GIF, or an animated PNG or WebP."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    return head[:4] == b"GIF8" or is_webp or (head.startswith(b"\x89PNG") and b"acTL" in head)
