"""The addresses of an ONVIF camera's streams, as the camera gives them."""

import asyncio
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pipeline.errors import ConfigError, InputError
from pipeline.foreign import one_line
from stages.media.onvif.library import load

ANSWER_S = 15.0
"""Seconds for all answers of a camera; some take several for their first."""
SETUP = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}


class Stream(NamedTuple):
    """One of a camera's streams."""

    source: str
    """The value of `source` in the camera's table; without credentials."""
    width: int
    height: int
    fps: float
    """0, as the sizes: the camera does not tell."""
    encoding: str


def find_streams(host: str, user: str = "", password: str = "") -> list[Stream]:
    """Ask a camera for its streams; return them in its order, usually the largest first.

    Args:
        host: Its address, with a port if that is not 80.
        user: Its user, who need not be an administrator; "" asks without a login.
        password: The user's password.

    Raises:
        ConfigError: `host` is no address.
        InputError: The camera cannot be reached, refuses the login, or does not speak ONVIF.
        MissingPart: The library is not installed.
    """
    library = load("onvif")
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname, parts.port or 80
    except ValueError:
        name, port = None, 0
    if not name or parts.path or parts.username:
        raise ConfigError(f"expected the address of a camera, such as 192.168.1.20 or 192.168.1.20:8000, found {host}")
    try:
        return asyncio.run(asyncio.wait_for(_ask(library, name, port, user, password), ANSWER_S))
    except Exception as error:  # noqa: BLE001 - foreign code reads what a device on the network sent
        raise InputError(f"expected an ONVIF camera, found {_why(error)}: {host}") from error


def _why(error: Exception) -> str:
    """Return what a user can do something about: no connection, a refused login, or another device."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError):
        return "no connection"
    text = one_line(str(error))
    return f"a refused login ({text})" if "authori" in text.lower() else f"another answer ({text})"


async def _ask(library: Any, host: str, port: int, user: str, password: str) -> list[Stream]:
    # a camera whose clock is wrong refuses digests made with ours; without a login the library fails on None
    camera = library.ONVIFCamera(host, port, user, password, adjust_time=True)
    try:
        await camera.update_xaddrs()
        media = await camera.create_media_service()
        found = []
        for profile in await media.GetProfiles():
            answer = await media.GetStreamUri({"StreamSetup": SETUP, "ProfileToken": profile.token})
            found.append(_stream(str(answer.Uri), profile.VideoEncoderConfiguration))
        return found
    finally:
        await camera.close()


def _stream(address: str, encoder: Any) -> Stream:
    # some cameras write the login into the address
    scheme, marker, rest = one_line(address).partition("://")
    host, slash, path = rest.partition("/")
    source = f"{scheme}{marker}{host.rpartition('@')[2]}{slash}{path}"
    size = getattr(encoder, "Resolution", None)
    rate = getattr(getattr(encoder, "RateControl", None), "FrameRateLimit", None)
    encoding = one_line(str(getattr(encoder, "Encoding", None) or ""))
    width, height = (int(getattr(size, side, 0) or 0) for side in ("Width", "Height"))
    return Stream(source, width, height, float(rate or 0), encoding)
