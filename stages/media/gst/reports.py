"""The time that a network camera gives for its frames."""

import functools
from typing import Any

from stages.media import gstreamer

_UNIX_NS = 2_208_988_800 * 10**9
"""1970 by the clock of NTP, which counts from 1900, nanoseconds."""


def camera_ns(buffer: Any) -> int:
    """Return when a camera took a frame by its own clock, UNIX nanoseconds; 0 where it does not say.

    RTSP cameras say it in RTCP sender reports, the first of which comes within some seconds, or in each packet (ONVIF).
    """
    stamp = buffer.get_reference_timestamp_meta(_ntp())
    # a clock that was never set may stand before 1970
    return max(1, int(stamp.timestamp) - _UNIX_NS) if stamp else 0


@functools.cache
def _ntp() -> Any:
    return gstreamer.load().Caps.from_string("timestamp/x-ntp")
