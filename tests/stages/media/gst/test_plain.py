"""No general error of GStreamer reaches a user: each says what it means for its kind of source."""

from contextlib import closing
from types import SimpleNamespace

import pytest

from pipeline.messages import Fault
from stages.media import gstreamer
from stages.media.address import parse_address
from stages.media.gst.plain import in_plain_words
from stages.media.gst.streams import describe_found
from stages.media.reader import End
from tests.support.ports import free_port

STOPPED = "Internal data stream error (streaming stopped, reason {})"
GENERAL = [
    *(STOPPED.format(reason) for reason in ("error (-5)", "not-negotiated (-4)", "not-linked (-1)")),
    "Could not open resource for reading and writing (Failed to connect. (Generic error))",
    "Could not read from resource",
]
COULD_NOT = "Could not open device '/dev/video0' for reading and writing"


@pytest.mark.parametrize("began", [False, True])
@pytest.mark.parametrize("kind", ["rtsp", "http", "v4l2", "gst", "file"])
@pytest.mark.parametrize("text", GENERAL)
def test_nothing_general_is_left(text: str, kind: str, began: bool) -> None:
    """Of any source, before and after its first frame."""
    found, _ = in_plain_words(text, "unreachable", kind, began=began)

    assert not any(words in found for words in ("nternal", "resource", "streaming", "(-", "not-"))


@pytest.mark.parametrize(
    ("text", "kind", "began", "said"),
    [
        (GENERAL[0], "http", False, "expected a camera at this address, found none: it is off, or its host, port or "),
        (GENERAL[0], "http", True, "the connection to the camera was lost"),
        (GENERAL[0], "v4l2", False, "expected frames from this device, found none: it is gone, or another program "),
        (GENERAL[4], "v4l2", True, "the device sends no more frames: it was unplugged, or its connection failed"),
        (GENERAL[1], "v4l2", False, "expected a format that can be decoded here, found none that the device offers"),
        (
            "CONTINUITY: Mismatch packet 3, stream 5",
            "file",
            True,
            "expected whole data, found that packets of the strea",
        ),
        (GENERAL[0], "file", True, "expected more video, found data that cannot be decoded"),
        ("Unhandled error (Service Unavailable (503))", "rtsp", False, "the camera answered: Service Unavailable (503"),
        ("Busy (Busy (503), URL: http://h/x, Redirect to: (NULL))", "http", False, "the camera answered: Busy (503)"),
        (
            "Could not read from resource (Could not receive message. (Received end-of-file))",
            "rtsp",
            False,
            "the camer",
        ),
        (
            "Could not get/set settings from/on resource (SDP contains no streams)",
            "rtsp",
            False,
            "expected streams of the camera, found none in its description (SDP)",
        ),
        (GENERAL[1], "rtsp", True, "the camera has changed its format"),
        ("Device '/dev/video0' is busy", "v4l2", False, "Device '/dev/video0' is busy"),
    ],
)
def test_what_it_means(text: str, kind: str, began: bool, said: str) -> None:
    """A reason that an element does give remains."""
    assert in_plain_words(text, "", kind, began=began)[0].startswith(said)


def test_no_common_format_is_no_matter_of_the_network() -> None:
    """The page would advise to check the cable."""
    assert in_plain_words(GENERAL[1], "unreachable", "http", began=False)[1] == "format"


@pytest.mark.parametrize(
    ("text", "said", "fault"),
    [
        (
            "Cannot identify device '/dev/video0' (system error: No such file or directory)",
            "it is not plugged",
            "absent",
        ),
        (f"{COULD_NOT} (system error: No such device or address)", "found none behind it", "absent"),
        (f"{COULD_NOT} (system error: No such device)", "found none behind it", "absent"),
        (f"{COULD_NOT} (system error: Permission denied)", "add this user to the group `video`", ""),
        (
            "Device '/dev/video0' is not a capture device (Capabilities: 0x4a00000)",
            "`emobot camera discover`",
            "format",
        ),
    ],
)
def test_a_webcam_that_does_not_open_says_what_to_do(text: str, said: str, fault: str) -> None:
    """The first thing that a user plugs in: a number that is another device's, or a missing group."""
    found = in_plain_words(text, "unreachable", "v4l2", began=False)

    assert found[0].startswith("expected ") and "/dev/video0, found " in found[0] and said in found[0]
    assert found[1] == fault


@pytest.mark.skipif(not gstreamer.available(), reason="needs GStreamer")
@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("http://127.0.0.1:{port}/webcam.mjpg", "unreachable"),
        ("rtsp://127.0.0.1:{port}/stream", "unreachable"),
        ("gst:fakesrc num-buffers=5", "unreachable"),
    ],
)
def test_sources_that_end_badly(source: str, fault: Fault) -> None:
    """Really: nobody sends to the browser's own camera yet, no camera listens, a fragment gives no video."""
    from stages.media.gst.gst_reader import GstReader

    with closing(GstReader(parse_address(source.format(port=free_port())))) as reader, pytest.raises(End) as caught:
        while True:
            reader.read(1.0)
    assert caught.value.fault == fault
    assert str(caught.value).startswith("expected ")


@pytest.mark.skipif(not gstreamer.available(), reason="needs GStreamer")
@pytest.mark.parametrize(
    ("streams", "said"),
    [
        (["media=audio,encoding-name=OPUS"], "expected video, found sound (OPUS)"),
        (["media=application,encoding-name=VND.ONVIF.METADATA"], "expected video, found other data (VND.ONVIF.METADAT"),
        (["media=audio,encoding-name=PCMU", "media=application"], "expected video, found sound (RTP)"),
    ],
)
def test_a_camera_without_video_says_what_it_offers(streams: list[str], said: str) -> None:
    """A microphone, or a camera whose video is switched off."""
    gst = gstreamer.load()
    error = SimpleNamespace(domain="gst-stream-error-quark", code=int(gst.StreamError.WRONG_TYPE))
    found = [gst.Caps.from_string(f"application/x-unknown,{stream}") for stream in streams]

    assert describe_found(error, found).startswith(said)
