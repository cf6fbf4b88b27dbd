"""Address and credentials of an MQTT broker."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pipeline.errors import ConfigError
from stages.media.address import read_credentials

PORTS = {"mqtt": 1883, "mqtts": 8883}
"""Default port by scheme, as registered with IANA: plain and TLS."""


@dataclass(frozen=True, kw_only=True)
class BrokerAddress:
    """A broker's address and the login for it."""

    host: str
    port: int
    encrypted: bool
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def parse_broker(url: str, credentials_env: str = "") -> BrokerAddress:
    """Parse the address of a broker.

    Args:
        url: `mqtt://HOST[:PORT]`, or `mqtts://` for TLS.
        credentials_env: Name of the environment variable that holds `user:password`; "" for none.

    Raises:
        ConfigError: The URL is not valid or holds a login, or the environment variable is missing.
    """
    # a mistyped URL may hold a login in an unexpected place
    found = "one with a login" if "@" in url else repr(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError as error:  # includes UnicodeError
        raise ConfigError(f"expected an address such as mqtt://192.168.1.5, found {found} ({error})") from None
    if parts.scheme not in PORTS or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError(f"expected an address such as mqtt://192.168.1.5 or mqtts://HOST:8883, found {found}")
    if parts.username is not None:
        raise ConfigError(f"expected the login in an environment variable, see credentials_env, found {found}")
    user, password = read_credentials(credentials_env) if credentials_env else ("", "")
    return BrokerAddress(
        host=host, port=port or PORTS[parts.scheme], encrypted=parts.scheme == "mqtts", user=user, password=password
    )
