"""`[fleet]`: how a box takes part."""

import re
import socket
from collections.abc import Mapping
from typing import Any

from pipeline.config.config import NAME, Fleet
from pipeline.redaction import redact
from pipeline.transport.nats.server import NatsServer, parse_server

LOGINS = "EMOBOT_CAMERA"
"""Start of the names of environment variables whose logins cameras of the fleet may use."""
_SOURCE = re.compile(r"demo|\d{1,3}|/dev/video\d{1,3}|/dev/v4l/by-(?:id|path)/[\w.:+-]+|(?:rtsps?|https?)://[!-~]+")
"""Pattern of the sources that read no file and run nothing on the box."""


def box_name(fleet: Fleet) -> str:
    """Return this box's name: that in the config, else the host name."""
    return fleet.box or re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:40] or "box"


def server_of(fleet: Fleet) -> NatsServer:
    """Return the fleet's server.

    Raises:
        ConfigError: The address is malformed, or the environment has no credentials.
        InputError: `ca` or `creds` is not a file of its kind.
        MissingPart: nats-py is not installed.
    """
    return parse_server(fleet.nats, fleet.credentials_env, fleet.creds, fleet.ca, verify_tls=fleet.verify_tls)


def bad_name(camera: str) -> str:
    """Return why a box does not run a camera of this name, which comes over the network; empty if it does.

    A file has this name in the run's directory: any other text could be the path of another file.
    """
    return "" if NAME.fullmatch(camera) else "expected a name of 1 to 40 letters, digits, - and _"


def refusal(options: Mapping[str, Any], *, any_source: bool) -> str:
    """Return why a box does not run a camera whose options come over the network; empty if it does."""
    if any_source:
        return ""
    if "use" in options:
        return "use: expected no code of this box, found a module; see any_source in [fleet]"
    if not str(options.get("credentials_env", LOGINS)).startswith(LOGINS):
        # any other variable of the box could be sent to any address
        return f"credentials_env: expected a variable that begins with {LOGINS}; see any_source in [fleet]"
    source = str(options.get("source", ""))
    if not _SOURCE.fullmatch(source):
        return (
            "source: expected rtsp://, http://, a camera of the box (0, /dev/video0) or demo,"
            f" found {redact(source)!r}; see any_source in [fleet]"
        )
    return ""
