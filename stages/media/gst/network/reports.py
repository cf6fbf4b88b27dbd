"""The time that a network camera gives for its frames."""

from stages.media.gst.samples import Sample

_UNIX_NS = 2_208_988_800 * 10**9
"""1970 by the clock of NTP, which counts from 1900, nanoseconds."""


def camera_ns(sample: Sample) -> int:
    """Return when a camera took a frame by its own clock, UNIX nanoseconds; 0 where it does not say.

    RTSP cameras say it in RTCP sender reports, the first of which comes within some seconds, or in each packet (ONVIF).
    """
    stamp = sample.stamp("timestamp/x-ntp")
    # a clock that was never set may stand before 1970
    return 0 if stamp is None else max(1, stamp - _UNIX_NS)
