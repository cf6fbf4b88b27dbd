"""The elements that fetch the bytes of a file, a network camera, a device or a launch fragment."""

from typing import Any

from stages.media import gstreamer
from stages.media.address import Address
from stages.media.gst.elements import make_element, parse_bin, parse_source
from stages.media.gst.network.parts import Parts
from stages.media.gst.network.requests import Requests


def make_source(
    address: Address,
    *,
    transport: str,
    latency_ms: int,
    wanted: tuple[int, int, float],
    verify_tls: bool,
    offered: list[Any],
) -> Any:
    """Return an element or bin; that of RTSP gets its output pad once it is connected.

    Args:
        address: What to read.
        transport: How RTSP carries its packets.
        latency_ms: How long RTSP waits for packets that come late or out of order, ms.
        wanted: Columns, rows and frames per second to ask a V4L2 camera for; 0 leaves each to it.
        verify_tls: Refuse certificates nobody vouches for.
        offered: Takes the caps of each stream that RTSP offers, and of MJPEG over HTTP.

    Raises:
        ConfigError: The launch fragment cannot be parsed, or GStreamer lacks an element.
    """
    gst = gstreamer.load()
    login = {"user-id": address.user, "user-pw": address.password} if address.user else {}
    match address.kind:
        case "file":
            return make_element("filesrc", location=str(address.paths[0]))
        case "rtsp":
            source = make_element("rtspsrc", location=address.text, latency=latency_ms, **login)
            gst.util_set_object_arg(source, "protocols", transport)
            if source.find_property("add-reference-timestamp-meta"):  # GStreamer 1.22
                source.set_property("add-reference-timestamp-meta", True)
            if not verify_tls:
                gst.util_set_object_arg(source, "tls-validation-flags", "no-flags")
            # some networks deliver each packet twice, and no two in a row would ever have consecutive numbers
            source.set_property("probation", 0)
            Requests(address.text, offered).watch(source)
            return source
        case "http":
            source = make_element("souphttpsrc", location=address.text, **login)
            source.set_property("is-live", True)
            source.set_property("do-timestamp", True)
            source.set_property("ssl-strict", verify_tls)
            Parts(source.get_static_pad("src"), offered)
            return source
        case "v4l2":
            kinds = "video/x-raw", "image/jpeg", "video/x-h264"
            wish = "".join(f",{key}={value}" for key, value in zip(("width", "height"), wanted, strict=False) if value)
            wish += f",framerate={round(wanted[2] * 1000)}/1000" if wanted[2] else ""
            # A camera that cannot do what is wished for does what it can.
            caps = ";".join([f"{kind}{wish}" for kind in kinds] + list(kinds))
            bin_ = parse_bin(f"v4l2src name=camera ! {caps} ! identity")
            bin_.get_by_name("camera").set_property("device", address.text)
            return bin_
        case "gst":
            return parse_source(address.text)
