"""Decodes with OpenCV, where GStreamer is not installed."""

import os
import ssl
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import cv2
import numpy as np

from pipeline.errors import ConfigError
from pipeline.messages import Array, Fault
from pipeline.redaction import redact
from stages.media.address import UNTRUSTED, Address
from stages.media.containers.beginning import Beginning, beginning_of
from stages.media.containers.pose import is_mirrored
from stages.media.i420 import LARGEST, to_i420
from stages.media.opencv.unread import ALIKE, UNREAD, crashes_opencv, is_unread
from stages.media.reader import End, Picture, Reader

_HEAD = 64 * 1024
"""Bytes at the start of a file within which it names its codec."""


class CvReader(Reader):
    """One file, URL or V4L2 device.

    Args:
        address: The source; of several files only the first is read.
        transport: RTSP transport, `tcp` or `udp`.
        timeout_s: Seconds that opening and reading may block.
        width: Maximum width; larger frames are scaled down in proportion. A V4L2 camera is asked for it. 0: no limit.
        height: Maximum height, likewise.
        fps: Maximum frame rate; faster frames are skipped. A V4L2 camera is asked for it. 0 keeps all.
        verify_tls: Refuse certificates that no trusted authority signed.

    Raises:
        ConfigError: The address is a launch fragment, which needs GStreamer.
    """

    def __init__(
        self,
        address: Address,
        *,
        transport: Literal["tcp", "udp"] = "tcp",
        timeout_s: float = 5.0,
        width: int = 0,
        height: int = 0,
        fps: float = 0.0,
        verify_tls: bool = True,
    ) -> None:
        super().__init__(fps, address.paths[0] if address.kind == "file" else None)
        self.decoder = "OpenCV"
        self._size = width, height
        self._file = address.kind == "file"
        if address.kind == "gst":
            raise ConfigError(f"expected GStreamer for source 'gst:{address.text}', found it not installed")
        if address.kind == "v4l2":
            self._capture = cv2.VideoCapture(address.text, cv2.CAP_V4L2)
            wish = {cv2.CAP_PROP_FRAME_WIDTH: width, cv2.CAP_PROP_FRAME_HEIGHT: height, cv2.CAP_PROP_FPS: fps}
            for name, value in wish.items():
                if value:
                    self._capture.set(name, value)
        else:
            options = f"rtsp_transport;{transport}"
            if verify_tls:
                # FFmpeg compares host names with the certificate, but not IP addresses
                options += f"|tls_verify;1|ca_file;{_authorities()}"
            # FFmpeg reads these only from the environment.
            os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = options
            limit_ms = max(1, round(timeout_s * 1000))
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, limit_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, limit_ms]
            where = str(address.paths[0]) if self._file else _with_login(address)
            self._capture = cv2.VideoCapture(where, cv2.CAP_FFMPEG, limits)
            if self._path is not None and crashes_opencv(self._path, self._capture):
                self._capture.release()
                self._fail("expected compressed video, found RGB, which only GStreamer reads", "format")
        self._beginning = Beginning(self._index.start_ns if self._index else 0)
        if self._path is not None and not self._index:
            self._beginning = beginning_of(self._path)
        self._early_ns = sorted(self._beginning.early_ns)
        self._first_raw_ns = self._raw_ns = self._place_ns = 0
        self._still: Array | None = None
        """The first frame of a file while all others are the same."""
        # OpenCV takes a display matrix for an angle: it turns mirrored frames and does not mirror them
        self._mirrored = is_mirrored(self._matrix)
        self._sideways = self._capture.get(cv2.CAP_PROP_ORIENTATION_META) % 180 == 90
        self._rate = self._capture.get(cv2.CAP_PROP_FPS) or 0.0
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        if self._file and self._rate > 0 and count > 0:
            self._duration_ns = round(count / self._rate * 1e9)
        if not self._capture.isOpened():
            hint = UNTRUSTED if address.encrypted and verify_tls else ""
            fault: Fault = "format" if self._file else "unreachable"
            self._fail(f"expected video, found none: {redact(address.text)}{hint}", fault)

    def _decode(self, timeout_s: float) -> Picture | None:
        found, image = self._capture.read()
        if not found:
            self._expect_all()
            raise self._end()
        self._check_change(np.asarray(image, np.uint8))
        pts_ns = self._position()
        if self._mirrored:
            # what was top to bottom before OpenCV's turn
            image = cv2.flip(image, int(self._sideways))
        image = self._with_square_pixels(np.asarray(image, np.uint8))
        return Picture(pixels=to_i420(image, cv2.COLOR_BGR2YUV_I420, *self._size), pts_ns=pts_ns)

    def _position(self) -> int:
        """Return the position of the frame that was read; OpenCV's counts from the first one."""
        raw_ns = round(self._capture.get(cv2.CAP_PROP_POS_MSEC) * 1e6)
        if not self._file:
            return raw_ns
        if self._decoded < len(self._early_ns):
            self._place_ns = self._early_ns[self._decoded]
            return self._place_ns
        if self._decoded == len(self._early_ns):
            # else OpenCV counts from the first frame in the file, which need not be the first that it can decode
            self._first_raw_ns = raw_ns if self._beginning.negative else 0
        # a frame without a time, as all of raw H.264 and some of a program stream, repeats the last one, or is at 0
        elif raw_ns in (0, self._raw_ns):
            self._place_ns += round(1e9 / (self._rate or 25.0))
            return self._place_ns
        self._raw_ns = raw_ns
        self._place_ns = raw_ns - self._first_raw_ns + self._beginning.start_ns
        return self._place_ns

    def _check_change(self, image: Array) -> None:
        """Raise End if frames do not change because they cannot be read."""
        if self._path is None:
            return
        if not self._decoded:
            self._still = image.copy()
        elif self._still is not None and not np.array_equal(self._still, image):
            self._still = None
        elif self._still is not None and self._decoded == ALIKE:
            self._still = None
            if is_unread(self._path):
                raise End(UNREAD, "format")

    def _with_square_pixels(self, image: Array) -> Array:
        """Stretch a frame whose pixels are not square, as GStreamer does: rows stay."""
        across, down = (self._capture.get(name) for name in (cv2.CAP_PROP_SAR_NUM, cv2.CAP_PROP_SAR_DEN))
        if across <= 0 or down <= 0 or across == down:
            return image
        rows, columns = image.shape[:2]
        ratio = down / across if self._sideways else across / down
        wide = min(LARGEST, max(2, round(columns * ratio)))
        return np.asarray(cv2.resize(image, (wide, rows), interpolation=cv2.INTER_LINEAR), np.uint8)

    def close(self) -> None:
        """Release the file or the camera."""
        self._capture.release()


def crashes_gstreamer(path: Path) -> bool:
    """Return whether a file is FFV1 in gray of more than 8 bits, on which `avdec_ffv1` 1.22 crashes the process."""
    try:
        with path.open("rb") as file:
            if b"FFV1" not in file.read(_HEAD):
                return False
    except OSError:
        return False
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    pixels = int(capture.get(cv2.CAP_PROP_CODEC_PIXEL_FORMAT)) & 0xFFFFFFFF
    capture.release()
    return pixels.to_bytes(4, "little")[:2] == b"Y1"  # as FFmpeg writes gray9 to gray16


def _authorities() -> str:
    """Return the file of trusted certificate authorities, which FFmpeg does not find by itself."""
    return ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"


def _with_login(address: Address) -> str:
    if not address.user:
        return address.text
    scheme, _, rest = address.text.partition("://")
    return f"{scheme}://{quote(address.user, safe='')}:{quote(address.password, safe='')}@{rest}"
