"""What may be changed over the network. A reader of the page is trusted with the video, not with the machine.

A source can be a file, a folder, or a fragment that GStreamer runs; `use` imports a module; `credentials_env` sends
the value of an environment variable to the address in `source`. Options that read or run something on this machine can
only be set in `config.toml`. Cameras that already have them may stay, be paused, renamed and removed.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from pipeline.errors import ConfigError
from pipeline.redaction import redact

NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
CAMERA_OPTIONS = frozenset(
    ("source", "enabled", "width", "height", "fps", "realtime", "loop", "stall_s", "transport", "latency_ms")
    + ("max_backoff_s", "rotate", "faces", "seed", "seconds", "clock", "zones", "group", "position")
)
STAGE_OPTIONS = {
    "detect": ("detector", "detect_hz", "classify_hz", "min_score", "min_face_px", "max_faces", "forget_s")
    + ("second_opinion", "min_presence"),
    "landmarks": ("facing_deg", "max_faces"),
    "emotion": ("tau_s", "margin", "dwell_s", "min_face_px", "min_sharpness", "min_confidence")
    + ("max_yaw_deg", "max_pitch_deg"),
    "overlay": ("labels", "bars", "boxes", "zones", "status", "blur_faces", "notice", "scale"),
}
"""Options without files, and without those that need another machine, more memory or a restart of the run."""
_SOURCE = re.compile(
    r"demo|\d{1,3}|/dev/video\d{1,3}|/dev/v4l/by-(?:id|path)/[\w.:+-]+|(?:rtsps?|https?)://[!-~]+",
    re.ASCII | re.IGNORECASE,
)


Kind = Literal[
    "name", "taken", "gone", "no_source", "source", "hidden_login", "bound_login", "option", "last", "trying", "redrawn"
]


class Refused(ConfigError):
    """A refused change.

    Args:
        kind: Kind of the refusal; the page's message for it is `refused_KIND`.
        text: One line, for programs.
        status: HTTP status.
        name: The subject of the message.
    """

    def __init__(self, kind: Kind, text: str, status: int = 403, name: str = "") -> None:
        super().__init__(text)
        self.kind = kind
        self.status = status
        self.name = name


def check_name(name: str) -> None:
    """Refuse a name that is not valid for a camera.

    Raises:
        Refused: It is empty, too long, or has other characters.
    """
    if not NAME.fullmatch(name):
        raise Refused("name", "name: expected 1 to 40 letters, digits, - and _", 422)


def check_camera(keys: Mapping[str, Any], before: Mapping[str, Any], any_source: bool) -> dict[str, Any]:
    """Return the keys to set; a source whose login is hidden gets its login back.

    Args:
        keys: Keys to set in a camera's table; None removes one.
        before: The table.
        any_source: Allow every source, and the name of an environment variable with a login.

    Raises:
        Refused: A key may not be changed over the network.
    """
    wanted = {key: value for key, value in keys.items() if value is not None or key in before}
    if "source" in before and wanted.get("source") == redact(str(before["source"])):
        wanted["source"] = before["source"]
    changes = {key: value for key, value in wanted.items() if key not in before or before[key] != value}
    allowed = CAMERA_OPTIONS | ({"credentials_env"} if any_source else set())
    for key, value in changes.items():
        if key not in allowed and not (key == "credentials_env" and value is None):
            expected = ", ".join(sorted(allowed))
            raise Refused("option", f"expected one of {expected}, found {key}: change it in the config file", name=key)
    if changes.get("source") is not None:
        _check_source(str(changes["source"]), {**before, **changes}, any_source)
    return wanted


def check_stage(table: str, keys: Mapping[str, Any]) -> None:
    """Refuse options of a stage that may not be changed over the network.

    Raises:
        Refused: One of the keys is such an option, or the stage does not exist.
    """
    if table not in STAGE_OPTIONS:
        raise Refused("option", f"expected one of {', '.join(STAGE_OPTIONS)}, found {table}", 404, table)
    for key in keys:
        if key not in STAGE_OPTIONS[table]:
            expected = ", ".join(STAGE_OPTIONS[table])
            raise Refused("option", f"expected one of {expected}, found {key}: change it in the config file", name=key)


def _check_source(source: str, table: Mapping[str, Any], any_source: bool) -> None:
    if "://***@" in source or "=***" in source:
        raise Refused("hidden_login", "source: expected the login itself, found its placeholder", 422)
    if any_source:
        return
    if not _SOURCE.fullmatch(source) or not _has_place(source):
        raise Refused(
            "source",
            "source: expected rtsp://, http://, a camera of this machine (0, /dev/video0) or demo,"
            f" found {redact(source)!r}; other sources are added in the config file",
        )
    if table.get("credentials_env") is not None:
        raise Refused(
            "bound_login",
            "source: expected the current address, to which `credentials_env` sends a login, found another",
        )


def _has_place(source: str) -> bool:
    """Return whether a URL has a host and its port, if any, is valid; other sources need neither."""
    if "://" not in source:
        return True
    try:
        url = urlsplit(source)
        return bool(url.hostname) and url.port != 0
    except ValueError:
        return False
