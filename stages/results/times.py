"""Points in time as people write them: seconds, or hours, minutes and seconds."""

import math
import re

_CLOCK = re.compile(r"(?:(\d{1,6}):)?([0-5]?\d):([0-5]?\d(?:[.,]\d*)?)", re.ASCII)
_NUMBER = re.compile(r"\d+(?:[.,]\d*)?|[.,]\d+", re.ASCII)


def parse_seconds(text: str) -> float:
    """Return the seconds that `83.5`, `1:23.5` or `0:01:23.5` mean; a comma is a decimal point, too.

    Raises:
        ValueError: The text is none of these.
    """
    text = text.strip()
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = clock[1] or "0", clock[2], clock[3].replace(",", ".")
        return 3600.0 * int(hours) + 60.0 * int(minutes) + float(seconds)
    seconds_s = float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else math.inf
    if not math.isfinite(seconds_s):
        raise ValueError(f"expected seconds or H:MM:SS, found {text!r}")
    return seconds_s
