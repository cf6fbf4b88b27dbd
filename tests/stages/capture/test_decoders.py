"""Which element decodes, and which one the config asks for."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError
from stages.capture import Capture
from stages.media import gstreamer
from stages.media.gst import decoding
from tests.support.films import film

pytestmark = pytest.mark.skipif(not gstreamer.available(), reason="GStreamer is not installed")


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an H.264 recording."""
    path = tmp_path_factory.mktemp("films") / "talk.mp4"
    film(path, faces=0, width=160, height=120, seconds=0.5)
    return path


def decoder_of(source: str, **options: Any) -> str:
    """Return what decodes a source."""
    stage = Capture(name="hall", source=source, **options)
    frames = stage.process(())
    next(frame for frame in frames if frame.pixels is not None)
    frames.close()  # type: ignore[attr-defined]
    return stage.decoder


def test_the_element_is_reported(talk: Path) -> None:
    """By the name of its factory; video that is not compressed has none."""
    assert gstreamer.load().ElementFactory.find(decoder_of(str(talk)))
    assert decoder_of("gst:videotestsrc num-buffers=3 ! video/x-raw,width=64,height=64") == "none"
    assert decoder_of("gst:videotestsrc num-buffers=3 ! video/x-raw,width=64,height=64 ! jpegenc") == "jpegdec"


def test_software_alone(talk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hardware is skipped: here what would decode otherwise pretends to be hardware."""
    usual = decoder_of(str(talk))
    others = [name for name in ("avdec_h264", "openh264dec") if name != usual and name in decoding.decoders_here()]
    if not others:
        pytest.skip("GStreamer has one decoder of H.264")
    monkeypatch.setattr(decoding, "is_hardware", lambda factory: factory.get_name() == usual)

    assert decoder_of(str(talk), decoder="software") in others
    assert decoder_of(str(talk)) == usual


def test_a_named_decoder_is_tried_first(talk: Path) -> None:
    """One that cannot read the stream does not prevent the others."""
    usual = decoder_of(str(talk))
    for name in {"avdec_h264", "openh264dec", "jpegdec"} & decoding.decoders_here().keys():
        assert decoder_of(str(talk), decoder=name) == (usual if name == "jpegdec" else name)
    assert decoder_of(str(talk)) == usual


def test_a_decoder_that_is_absent_is_refused(talk: Path) -> None:
    """The error names some that are there."""
    with pytest.raises(
        ConfigError,
        match=r"decoder: expected auto, software or a decoder of GStreamer on this machine, such as .+, found",
    ):
        Capture.check(source=str(talk), decoder="nvh999dec")
    Capture.check(source=str(talk), decoder="software")
