"""Hides logins where addresses are shown: on the page, in lists, in logs."""

import re
from collections.abc import Mapping
from typing import Any

_LOGIN = re.compile(r"(\w://)(?:[^/\s:]*:\S*|[^/\s]*)@")
"""Pattern of a URL's login, up to the last `@`: a password that was not escaped may hold any character."""
_SECRET = re.compile(r"([?&][^=&\s]*(?:auth|key|login|pass|pwd|secret|token|user|usr)[^=&\s]*=)[^&\s]*", re.IGNORECASE)
"""Pattern of a login in a URL's query, where many cameras expect it."""

_PROPERTY = re.compile(r"\b((?:user|proxy)-(?:id|pw)=)(\"[^\"]*\"|[^\s!]+)")
"""Pattern of a login in the properties of a GStreamer element."""


def redact(text: str) -> str:
    """Return a text with the logins of every URL in it hidden."""
    return _PROPERTY.sub(r"\1***", _SECRET.sub(r"\1***", _LOGIN.sub(r"\1***@", text)))


def redact_all(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with the logins in its texts hidden."""
    return {key: redact(value) if isinstance(value, str) else value for key, value in keys.items()}
