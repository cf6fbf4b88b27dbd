"""The address of a video source: the values of `source = "..."`."""

import os
import re
import stat
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
_KINDS = 'a file, a folder, a glob, rtsp://..., http://..., the number or path of a V4L2 device, gst:... or "demo"'
MOST_DEVICES = 256
"""Number of V4L2 devices that Linux can have (`VIDEO_NUM_DEVICES` of its kernel)."""
V4L2_MAJOR = 81
"""Number of the kind of device that cameras are (`devices.txt` of the Linux kernel)."""
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
        ConfigError: `source` is none of these, or the environment variable is missing. A device that is not there may
            be plugged in later.
        InputError: The file does not exist.
    """
    if source.startswith("gst:") and source[4:].strip():
        return Address(kind="gst", text=source[4:].strip())
    place = source.strip()
    if place.isdecimal() or _is_device(place):
        return Address(kind="v4l2", text=_device(place))
    scheme = place.partition("://")[0].lower() if "://" in place else ""
    if scheme in ("rtsp", "rtsps", "http", "https"):
        return _parse_url(place, credentials_env)
    if scheme == "file":
        parts = urlsplit(place)
        if parts.netloc not in ("", "localhost"):
            raise ConfigError(f"expected a file of this machine, file:///PATH, found {redact(source)!r}")
        source = unquote(parts.path)
    elif scheme or not source or source == "gst:":
        raise ConfigError(f"expected source to be {_KINDS}, found {redact(source)!r}")
    return Address(kind="file", text=source, paths=_find(source, is_file=scheme == "file"))


def _is_device(place: str) -> bool:
    return place.startswith("/dev/") and not place.startswith("/dev/shm/") and not Path(place).is_file()


def _device(place: str) -> str:
    """Return the path of a V4L2 device, which need not be there.

    Raises:
        ConfigError: It can be no V4L2 device.
    """
    if place.isdecimal() and (len(place) > 9 or int(place) >= MOST_DEVICES):
        raise ConfigError(f"expected the number of a V4L2 device, 0 to {MOST_DEVICES - 1}, found {place[:40]}")
    path = f"/dev/video{int(place)}" if place.isdecimal() else place
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return path
    if not (stat.S_ISCHR(found.st_mode) and os.major(found.st_rdev) == V4L2_MAJOR):
        raise ConfigError(f"expected a V4L2 device, such as /dev/video0, found something else: {one_line(path)}")
    return path


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
    name = parts.hostname or ""
    if not re.fullmatch(r"[\w.-]+|.*:.*", name):
        raise ConfigError(f"expected a host in the URL, found {redact(url)!r}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if credentials_env:
        user, password = read_credentials(credentials_env)
    host = f"[{name}]" if ":" in name else name
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


def _find(source: str, *, is_file: bool) -> tuple[Path, ...]:
    try:
        return _files(source, is_file=is_file)
    except (OSError, ValueError, RuntimeError) as error:
        # a pattern such as **.mp4, a name that is too long, an unreadable folder, the ~ of an unknown user
        why = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"expected a file, a folder or a pattern, found {shown(source)}: {why}") from error


def _files(source: str, *, is_file: bool) -> tuple[Path, ...]:
    path = Path(source).expanduser()
    if path.is_dir():
        found = [p for p in path.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES and p.name[0] != "." and p.is_file()]
        if not found:
            raise InputError(f"expected videos in the folder, found none: {one_line(source)}")
    elif path.exists():
        if not path.is_file():
            # who opens a pipe waits until somebody writes to it
            raise InputError(f"expected a file, found a pipe or a device: {one_line(source)}")
        found = [path]
    elif re.search(r"[*?[]", source):
        anchor = Path(path.anchor)
        # hidden ones only where they are asked for, as a shell does: macOS puts ._a.mp4 beside a.mp4
        hidden = path.name.startswith(".")
        matches = anchor.glob(str(path.relative_to(anchor)))
        found = [p for p in matches if p.is_file() and (hidden or not p.name.startswith("."))]
        if not found:
            raise InputError(f"expected files, found none that match: {one_line(source)}")
    elif is_file or path.suffix.lower() in VIDEO_SUFFIXES:
        raise InputError(f"expected a file, found nothing: {one_line(source)}")
    else:  # perhaps it was not meant as a file
        raise InputError(f"expected source to be {_KINDS}, found {shown(redact(source))}")
    return tuple(sorted(found, key=_turn))


def _turn(path: Path) -> tuple[list[list[str | int]], Path]:
    """Return by what files are ordered: numbers count as such, so part-10 follows part-9, and part-2 follows part."""
    parts = (*path.parent.parts, path.stem, path.suffix)
    return [[int(text) if text.isdecimal() else text for text in re.split(r"(\d+)", part)] for part in parts], path
