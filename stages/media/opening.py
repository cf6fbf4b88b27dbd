"""Which reader decodes an address on this machine."""

import logging
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal

from pipeline.messages import Fault
from stages.media.address import Address
from stages.media.containers.avi import is_top_down
from stages.media.containers.chain import break_in
from stages.media.containers.kinds import HEAD_BYTES, kind_of_file
from stages.media.opencv.cv_reader import CvReader, crashes_gstreamer
from stages.media.opencv.unread import can_read
from stages.media.reader import Reader

_STOPPING = ("flv", "mxf", "matroska")
"""Kinds of containers whose demultiplexers in GStreamer 1.22 may give up at damaged data; FFmpeg's search on."""

_BLOCK_BYTES = 1 << 20
_NEXT_JPEG = re.compile(rb"\xff\xd9.{0,64}\xff\xd8\xff", re.DOTALL)
"""Where one image of Motion JPEG ends and the next begins, perhaps with padding between."""

_UNDECODED = ("format", "broken", "")
"""Faults of a file without a frame which another decoder may not have."""

log = logging.getLogger(__name__)


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
        if address.kind == "file" and _is_image(address.paths[0]):
            from stages.media.pillow_reader import PillowReader

            return PillowReader(address.paths[0], width=width, height=height, fps=fps)
        if self.gstreamer and not (address.kind == "file" and self._needs_opencv(address.paths[0])):
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

    def other(self, address: Address, fault: Fault) -> "Opener | None":
        """Return what opens a file that GStreamer cannot decode; None if OpenCV cannot either.

        Only containers: OpenCV would follow a playlist to other files.

        Args:
            address: The file.
            fault: Kind of the error that came instead of its first frame.
        """
        if not self.gstreamer or address.kind != "file" or fault not in _UNDECODED:
            return None
        path = address.paths[0]
        if not _is_container(path) or not can_read(path):
            return None
        log.info("%s: GStreamer cannot decode it here, OpenCV can", path)
        return replace(self, gstreamer=False)

    def _needs_opencv(self, path: Path) -> bool:
        """Return whether GStreamer would crash on a file, misread it, or lose what is behind a damaged place in it."""
        if crashes_gstreamer(path):
            return True
        # `avidemux` of GStreamer 1.22 shows other pixels, or none
        if is_top_down(path):
            return True
        with suppress(OSError):  # the reader will report it
            if not self.paced and _stops_at_damage(path) and break_in(path) is not None and can_read(path):
                log.warning("%s: it is damaged inside; OpenCV reads on behind the damage, GStreamer may not", path)
                return True
        return False


def _is_container(path: Path) -> bool:
    with suppress(OSError):
        return bool(kind_of_file(path))
    return False


def _stops_at_damage(path: Path) -> bool:
    return kind_of_file(path) in _STOPPING


def _is_image(path: Path) -> bool:
    """Return whether a file is a photo, or an animated GIF, PNG, WebP or AVIF; Motion JPEG is neither."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            if head.startswith(b"\xff\xd8\xff"):
                return not _is_motion_jpeg(file)
    except OSError:
        return False
    is_webp, is_avif = head[:4] == b"RIFF" and head[8:12] == b"WEBP", head[4:12] in (b"ftypavif", b"ftypavis")
    return head.startswith((b"GIF8", b"\x89PNG", b"II*\0", b"MM\0*")) or is_webp or is_avif


def _is_motion_jpeg(file: BinaryIO) -> bool:
    """Return whether one JPEG follows another in a file; a photo may hold further views of itself (MPF)."""
    file.seek(0)
    block = file.read(_BLOCK_BYTES)
    if b"MPF\0" in block[: 1 << 16]:
        return False
    kept = b""
    while block:
        if _NEXT_JPEG.search(kept + block):
            return True
        kept, block = block[-80:], file.read(_BLOCK_BYTES)
    return False
