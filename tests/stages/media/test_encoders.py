"""How good and how large written H.264 is."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.messages import Array
from stages.media import writer
from stages.media.encoders import LEAST_LIMIT_KBPS, choose_encoder, describe_encoder
from tests.support.clips import needs_gstreamer

WIDTH, HEIGHT, FPS, COUNT = 640, 360, 30.0, 30

pytestmark = needs_gstreamer


@pytest.fixture(scope="module")
def noisy() -> list[Array]:
    """Return a second of a gray wall as a camera sees it in the dark: I420 `uint8[HEIGHT * 3 // 2, WIDTH]`."""
    rng = np.random.default_rng(5)
    noise = rng.normal(110, 15, (COUNT, HEIGHT, WIDTH)).astype(np.uint8)
    colour = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
    return [np.vstack([luma, colour]) for luma in noise]


def _write(path: Path, frames: list[Array], *, live: bool) -> tuple[float, float]:
    """Return the file's kilobits per second, and the PSNR of its luma in dB."""
    file = writer.GstWriter(
        path,
        width=WIDTH,
        height=HEIGHT,
        fps=FPS,
        encoder=choose_encoder("x264enc"),
        bitrate_kbps=0,
        fragment_s=1.0,
        live=live,
    )
    for number, frame in enumerate(frames):
        file.write(frame, round(number * 1e9 / FPS), lambda: True)
    file.finish()
    video = cv2.VideoCapture(str(path))
    errors = []
    for frame in frames:
        read, bgr = video.read()
        assert read
        luma = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420)[:HEIGHT]
        errors.append(np.mean((luma.astype(float) - frame[:HEIGHT]) ** 2))
    video.release()
    return path.stat().st_size * 8 * FPS / COUNT / 1000, 10 * np.log10(255**2 / np.mean(errors))


def test_a_recording_has_the_quality_that_its_frames_need(tmp_path: Path, noisy: list[Array]) -> None:
    """Noise that needs many bits gets them; x264enc's default limit of 2 Mbit/s made mush of it, as of all 4K video."""
    kbps, psnr = _write(tmp_path / "all.mp4", noisy, live=False)

    assert psnr > 29
    assert kbps > 3 * LEAST_LIMIT_KBPS


def test_a_live_camera_has_a_limit(tmp_path: Path, noisy: list[Array]) -> None:
    """A camera that sees nothing but noise does not fill the disk or the network."""
    kbps, _ = _write(tmp_path / "live.mp4", noisy, live=True)

    assert kbps < 2 * LEAST_LIMIT_KBPS


def test_the_limit_grows_with_the_frame() -> None:
    """A 4K camera has 27 times as many pixels as a 640x480 one, and its limit is ten times as high as the least."""
    described = describe_encoder("x264enc", width=3840, height=2160, fps=30, bitrate_kbps=0, gop_s=1, live=True)

    assert "bitrate=19907" in described
