"""Credentials open a camera and are never shown; certificates are checked."""

import logging
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from stages.capture import Capture
from stages.media import gstreamer
from stages.media.address import parse_address
from stages.web.access.certificate import own_certificate
from tests.stages.capture.serving import mjpeg, rtsps
from tests.stages.capture.watching import decoders, is_state, needs_gstreamer, until, watch

pytestmark = pytest.mark.slow


@decoders
@pytest.mark.parametrize("login", ["me:p%40ss%3Aword@", ""])
def test_mjpeg_with_a_password(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, gst: bool, login: str
) -> None:
    """Credentials from the URL or from the environment open the camera, and are never shown."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    monkeypatch.setenv("HALL_LOGIN", "me:p@ss:word")
    with (
        mjpeg() as port,
        watch(f"http://{login}127.0.0.1:{port}/video", credentials_env="" if login else "HALL_LOGIN") as frames,
    ):
        live = [until(frames, is_state("live"))[-1] for _ in range(5)]

    assert {(frame.width, frame.height) for frame in live} == {(160, 120)}
    assert "word" not in caplog.text


@needs_gstreamer
def test_mjpeg_without_a_first_boundary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boundaries may come behind the pictures only."""
    monkeypatch.setenv("HALL", "me:p@ss:word")
    with mjpeg() as port, watch(f"http://127.0.0.1:{port}/bare", credentials_env="HALL") as frames:
        live = until(frames, is_state("live"))[-1]

    assert live.full_range


@decoders
def test_a_wrong_password_is_offline(monkeypatch: pytest.MonkeyPatch, gst: bool) -> None:
    """A camera that refuses the credentials is offline, and the reason does not hold them."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    with mjpeg() as port, watch(f"http://me:hushhush@127.0.0.1:{port}/video") as frames:
        last = until(frames, is_state("offline"))[-1]

    assert last.error
    assert "hushhush" not in last.error
    assert last.fault == ("login" if gst else "unreachable")


@pytest.fixture
def pem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the file of a self-signed certificate and its key."""
    monkeypatch.setenv("EMOBOT_CACHE", str(tmp_path))
    return own_certificate(())


@decoders
def test_a_certificate_nobody_vouches_for(monkeypatch: pytest.MonkeyPatch, pem: Path, gst: bool) -> None:
    """A camera with its own certificate is refused, which says what to do, and taken where that is done."""
    monkeypatch.setattr(gstreamer, "available", lambda: gst)
    with mjpeg(pem) as port:
        source = f"https://me:p%40ss%3Aword@127.0.0.1:{port}/video"
        with watch(source) as frames:
            last = until(frames, is_state("offline"))[-1]
        assert last.fault == "unreachable"
        assert (last.error or "").endswith("if its certificate is self-signed: verify_tls = false")
        with watch(source, verify_tls=False) as frames:
            assert until(frames, is_state("live"))[-1].width == 160


def test_opencv_asks_who_vouches_for_a_certificate(monkeypatch: pytest.MonkeyPatch, pem: Path) -> None:
    """Those this machine trusts are trusted, by the name that is in the certificate."""
    monkeypatch.setattr(gstreamer, "available", lambda: False)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with mjpeg(pem) as port, watch(f"https://me:p%40ss%3Aword@localhost:{port}/video") as frames:
        assert until(frames, is_state("live"))[-1].width == 160


@needs_gstreamer
@pytest.mark.filterwarnings("ignore::ImportWarning")  # PyGObject still loads modules the old way
def test_rtsp_with_a_certificate_nobody_vouches_for(pem: Path) -> None:
    """It is as with https."""
    with rtsps(pem) as port:
        with watch(f"rtsps://127.0.0.1:{port}/hall") as frames:
            last = until(frames, is_state("offline"))[-1]
        assert (last.error or "").endswith("if its certificate is self-signed: verify_tls = false")
        with watch(f"rtsps://127.0.0.1:{port}/hall", verify_tls=False) as frames:
            assert until(frames, is_state("live"))[-1].width == 160


def test_missing_credentials_are_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named, its value is not."""
    monkeypatch.delenv("HALL_LOGIN", raising=False)
    with pytest.raises(ConfigError, match="HALL_LOGIN, found no such variable"):
        Capture(name="hall", source="rtsp://127.0.0.1/cam", credentials_env="HALL_LOGIN")
    monkeypatch.setenv("HALL_LOGIN", "hushhush")
    with pytest.raises(ConfigError, match="HALL_LOGIN, found no colon") as caught:
        Capture(name="hall", source="rtsp://127.0.0.1/cam", credentials_env="HALL_LOGIN")

    assert "hushhush" not in str(caught.value)


def test_addresses_are_taken_apart() -> None:
    """Credentials leave the URL and come back decoded; devices and fragments are recognised."""
    url = parse_address("rtsp://ad%40min:p%3Aw@[::1]:8554/cam/1?channel=2")
    assert (url.text, url.user, url.password) == ("rtsp://[::1]:8554/cam/1?channel=2", "ad@min", "p:w")
    assert "p:w" not in repr(url)
    assert parse_address("0").text == "/dev/video0"
    assert parse_address("/dev/v4l/by-id/usb-x").kind == "v4l2"
    assert parse_address("gst: videotestsrc").text == "videotestsrc"
