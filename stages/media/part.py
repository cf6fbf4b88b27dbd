"""The part of a recording and of its frames that is processed."""

from typing import Any

from pipeline.errors import ConfigError
from pipeline.messages import Region
from pipeline.redaction import redact

WHOLE: Region = (0.0, 0.0, 1.0, 1.0)
_ROUNDED = 1e-6
"""Share by which x and width may exceed the frame: thirds are rounded."""


def check_part(options: dict[str, Any], *, is_file: bool) -> None:
    """Refuse a part that is empty, or that a camera cannot have.

    Args:
        options: Options of a camera or recording: `source`, `from_s`, `to_s`, `region`.
        is_file: Whether it is a recording.

    Raises:
        ConfigError: It is.
    """
    from_s, to_s = options.get("from_s", 0.0), options.get("to_s", 0.0)
    if (from_s or to_s) and not is_file:
        raise ConfigError(f"from_s, to_s: expected a recording as source, found {redact(options['source'])!r}")
    if to_s and to_s <= from_s:
        raise ConfigError(f"to_s: expected more than from_s = {from_s:g}, found {to_s:g}")
    x, y, width, height = region = options.get("region", WHOLE)
    if not (width > 0 and height > 0 and x + width <= 1 + _ROUNDED and y + height <= 1 + _ROUNDED):
        found = ", ".join(f"{share:g}" for share in region)
        raise ConfigError(f"region: expected x, y, width and height of a part of the frame, 0 to 1, found [{found}]")
