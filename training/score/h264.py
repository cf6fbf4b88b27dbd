"""Faces as they come out of an H.264 stream of a low rate, by GStreamer's x264."""

import warnings

import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = 4, 6
"""Faces in a frame."""
SCALE, GAP = 2, 16
"""Enlargement of the faces, which are so 96 pixels large in the stream, and pixels between them."""
HELD = 4
"""Frames for which faces are shown, moving by a pixel each; the last one is used."""
QUANTIZER = 36
"""Constant quantizer of x264: what a camera with too low a bit rate uses (23 is the default)."""


class CodecError(ValueError):
    """GStreamer cannot encode the faces."""


def through_h264(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return faces `uint8[n, side, side]` after encoding and decoding.

    Raises:
        CodecError: GStreamer or its x264 is not installed, or failed.
    """
    count, side = len(images), images.shape[1]
    step = side * SCALE + GAP
    each = ROWS * COLUMNS
    places = [(GAP // 2 + step * (i // COLUMNS), GAP // 2 + step * (i % COLUMNS)) for i in range(each)]
    frames = np.full((-(-count // each) * HELD, ROWS * step, COLUMNS * step), 110, np.uint8)
    for i, image in enumerate(images):
        top, left = places[i % each]
        large = image.repeat(SCALE, axis=0).repeat(SCALE, axis=1)
        for held in range(HELD):
            shift = held - HELD + 1
            frames[i // each * HELD + held, top : top + side * SCALE, left + shift : left + shift + side * SCALE] = (
                large
            )
    decoded = _coded(frames)[HELD - 1 :: HELD]
    found = np.empty_like(images)
    for i in range(count):
        top, left = places[i % each]
        large = decoded[i // each, top : top + side * SCALE, left : left + side * SCALE]
        found[i] = np.rint(large.reshape(side, SCALE, side, SCALE).mean(axis=(1, 3)))
    return found


def _coded(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return luma frames `uint8[n, height, width]` after x264 and its decoder."""
    try:
        import gi

        gi.require_version("Gst", "1.0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImportWarning)  # PyGObject still loads modules the old way
            from gi.repository import Gst
    except (ImportError, ValueError):
        raise CodecError("expected GStreamer with x264 for h264, found none") from None
    Gst.init(None)
    height, width = frames.shape[1:]
    caps = f"video/x-raw,format=GRAY8,width={width},height={height},framerate=15/1"
    try:
        pipeline = Gst.parse_launch(
            f"appsrc name=in format=time caps={caps} ! videoconvert n-threads=1 ! video/x-raw,format=I420 ! "
            f"x264enc pass=quant quantizer={QUANTIZER} speed-preset=veryfast key-int-max=60 threads=1 ! "
            "avdec_h264 max-threads=1 ! videoconvert n-threads=1 ! video/x-raw,format=GRAY8 ! "
            "appsink name=out sync=false max-buffers=16"
        )
    except Exception as error:  # GLib's own error class, which names the missing element
        raise CodecError(f"expected GStreamer with x264 for h264, found: {error}") from None
    source, sink = pipeline.get_by_name("in"), pipeline.get_by_name("out")
    pipeline.set_state(Gst.State.PLAYING)
    found: list[NDArray[np.uint8]] = []
    try:
        for i, frame in enumerate(frames):
            buffer = Gst.Buffer.new_wrapped(frame.tobytes())
            buffer.pts, buffer.duration = i * Gst.SECOND // 15, Gst.SECOND // 15
            source.emit("push-buffer", buffer)
            while (sample := sink.emit("try-pull-sample", 0)) is not None:
                found.append(_pixels(Gst, sample, height, width))
        source.emit("end-of-stream")
        while (sample := sink.emit("try-pull-sample", 10 * Gst.SECOND)) is not None:
            found.append(_pixels(Gst, sample, height, width))
    finally:
        pipeline.set_state(Gst.State.NULL)
    if len(found) != len(frames):
        raise CodecError(f"expected {len(frames)} frames from x264, found {len(found)}")
    return np.stack(found)


def _pixels(gst: object, sample: object, height: int, width: int) -> NDArray[np.uint8]:
    buffer = sample.get_buffer()  # type: ignore[attr-defined]
    content = buffer.extract_dup(0, buffer.get_size())
    stride = -(-width // 4) * 4
    return np.frombuffer(content, np.uint8).reshape(height, stride)[:, :width]
