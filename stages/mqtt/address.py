"""Where an MQTT broker is, who we are to it, and whether it is believed."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.errors import ConfigError, InputError
from stages.media.address import read_credentials

PORTS = {"mqtt": 1883, "mqtts": 8883}
"""By scheme, as registered with IANA: plain, and inside TLS."""


@dataclass(frozen=True, kw_only=True)
class BrokerAddress:
    """Where a broker is, and who we are to it."""

    host: str
    port: int
    encrypted: bool
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def parse_broker(url: str, credentials_env: str = "") -> BrokerAddress:
    """Take the address of a broker apart.

    Args:
        url: `mqtt://HOST[:PORT]`, or `mqtts://` for TLS.
        credentials_env: Name of the environment variable that holds `user:password`; "" where there is none.

    Raises:
        ConfigError: It is no such URL, it holds a login, or the environment variable is missing.
    """
    # what is typed wrong may hide a login where none is looked for
    found = "one with a login" if "@" in url else repr(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError as error:  # a UnicodeError is one
        raise ConfigError(f"expected an address such as mqtt://192.168.1.5, found {found} ({error})") from None
    if parts.scheme not in PORTS or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError(f"expected an address such as mqtt://192.168.1.5 or mqtts://HOST:8883, found {found}")
    if parts.username is not None:
        raise ConfigError(f"expected the login in an environment variable, see credentials_env, found {found}")
    user, password = read_credentials(credentials_env) if credentials_env else ("", "")
    return BrokerAddress(
        host=host, port=port or PORTS[parts.scheme], encrypted=parts.scheme == "mqtts", user=user, password=password
    )


def trust(ca: str, *, verify_tls: bool) -> ssl.SSLContext:
    """Return whose certificates are believed.

    Args:
        ca: A PEM file with those of the authorities to believe; "": those this machine believes.
        verify_tls: Whether anything is looked at.

    Raises:
        InputError: There is no such file, or no certificate in it.
    """
    try:
        context = ssl.create_default_context(cafile=ca or None)
    except OSError as error:  # a broken file is an ssl.SSLError, which is one
        found = "nothing" if not Path(ca).is_file() else "none"
        raise InputError(f"expected certificates in PEM, found {found}: {ca}") from error
    if not verify_tls:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
