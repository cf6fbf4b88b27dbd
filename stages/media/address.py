"""The address of a video source: the values of `source = "..."`."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from pipeline.errors import ConfigError, InputError
from pipeline.foreign import one_line, shown
from pipeline.redaction import redact

VIDEO_SUFFIXES = frozenset(
    f".{name}"
    for name in ("3gp", "avi", "flv", "gif", "h264", "h265", "hevc", "m2ts", "m4v", "mjpeg", "mjpg", "mkv", "mov")
    + ("mp4", "mpeg", "mpg", "mts", "mxf", "ogg", "ogv", "ts", "vob", "webm", "wmv", "y4m")
)
"""Suffixes of the files that are played from a folder."""
UNTRUSTED = "; if its certificate is self-signed: verify_tls = false"
"""Hint for a failed TLS connection; neither GStreamer nor FFmpeg reports whether the certificate was the reason."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """A parsed source. `text` never holds credentials."""

    kind: Literal["file", "rtsp", "http", "v4l2", "gst"]
    text: str
    """The URL, the device, the launch fragment, or for files the source unchanged."""
    paths: tuple[Path, ...] = ()
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def encrypted(self) -> bool:
        """Whether the connection uses TLS."""
        return self.text.startswith(("https://", "rtsps://"))


def parse_address(source: str, credentials_env: str = "") -> Address:
    """Parse a source.

    Args:
        source: A file, a folder, a glob, an `rtsp://` or `http://` URL, a V4L2 device or its number, or `gst:` and a
            GStreamer launch fragment.
        credentials_env: Name of the environment variable that holds `user:password`; "" for none.

    Raises:
        ConfigError: `source` is none of these, or the environment variable is missing.
        InputError: The file does not exist.
    """
    if source.startswith("gst:") and source[4:].strip():
        return Address(kind="gst", text=source[4:].strip())
    if source.isdecimal() or (source.startswith("/dev/") and not Path(source).is_file()):
        return Address(kind="v4l2", text=f"/dev/video{int(source)}" if source.isdecimal() else source)
    scheme = source.partition("://")[0].lower() if "://" in source else ""
    if scheme in ("rtsp", "rtsps", "http", "https"):
        return _parse_url(source, credentials_env)
    if scheme == "file":
        source = unquote(urlsplit(source).path)
    elif scheme or not source or source == "gst:":
        raise ConfigError(
            "expected source to be a file, a folder, a glob, rtsp://, http://, a V4L2 device or gst:...,"
            f" found {redact(source)!r}"
        )
    return Address(kind="file", text=source, paths=_find(source))


def _parse_url(url: str, credentials_env: str) -> Address:
    if _has_raw_password(url):
        raise ConfigError(
            "expected user and password in the URL to be percent-encoded (/ as %2F, # as %23, ? as %3F, @ as %40) or in"
            f" credentials_env, found one of these characters in them: {url.partition('://')[0]}://...@"
            + url.rpartition("@")[2]
        )
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise ConfigError(f"expected a URL, found {redact(url)!r} ({error})") from None
    if not parts.hostname:
        raise ConfigError(f"expected a host in the URL, found {redact(url)!r}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if credentials_env:
        user, password = read_credentials(credentials_env)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    bare = urlunsplit((parts.scheme, host + port, parts.path, parts.query, ""))
    kind: Literal["rtsp", "http"] = "rtsp" if parts.scheme.startswith("rtsp") else "http"
    return Address(kind=kind, text=bare, user=user, password=password)


def _has_raw_password(url: str) -> bool:
    """Return whether a URL's password seems to hold an unescaped reserved character."""
    rest = url.partition("://")[2]
    place = re.split(r"[/?#]", rest, maxsplit=1)[0]
    later = rest[len(place) :]
    if "@" in later and "#" in later[: later.rindex("@")]:
        return True  # no camera uses a fragment (#)
    login, at, host = place.rpartition("@")
    if "@" in login:
        return True
    if "@" not in later:
        return False
    behind = re.split(r"[/?#:]", later.rpartition("@")[2], maxsplit=1)[0]
    if at:
        return "." not in host and "." in behind
    user, colon, port = place.partition(":")
    return bool(colon) and not place.startswith("[") and (not port.isdecimal() or "." not in user)


def read_credentials(variable: str) -> tuple[str, str]:
    """Return the user and the password in an environment variable.

    Raises:
        ConfigError: The variable is not set or has no colon.
    """
    user, colon, password = os.environ.get(variable, "").partition(":")
    if not colon:
        raise ConfigError(
            f"expected user:password in the environment variable {variable}, found "
            + ("no colon in it" if user else "no such variable")
        )
    return user, password


def _find(source: str) -> tuple[Path, ...]:
    try:
        return _files(source)
    except (OSError, ValueError, RuntimeError) as error:
        # a pattern such as **.mp4, a name that is too long, an unreadable folder, the ~ of an unknown user
        why = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"expected a file, a folder or a pattern, found {shown(source)}: {why}") from error


def _files(source: str) -> tuple[Path, ...]:
    path = Path(source).expanduser()
    if path.is_dir():
        found = [p for p in path.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES and p.name[0] != "." and p.is_file()]
        if not found:
            raise InputError(f"expected videos in the folder, found none: {one_line(source)}")
    elif path.exists():
        found = [path]
    elif re.search(r"[*?[]", source):
        anchor = Path(path.anchor)
        # hidden ones only where they are asked for, as a shell does: macOS puts ._a.mp4 beside a.mp4
        hidden = path.name.startswith(".")
        matches = anchor.glob(str(path.relative_to(anchor)))
        found = [p for p in matches if p.is_file() and (hidden or not p.name.startswith("."))]
        if not found:
            raise InputError(f"expected files, found none that match: {one_line(source)}")
    else:
        raise InputError(f"expected a file, found nothing: {one_line(source)}")
    return tuple(sorted(found))
