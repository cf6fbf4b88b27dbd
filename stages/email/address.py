"""The mail server and the addresses of messages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pipeline.errors import ConfigError
from stages.media.address import read_credentials

PORTS = {"smtp": 587, "smtps": 465}
"""Default port by scheme: submission with STARTTLS, and with TLS from the start."""
_ADDRESS = re.compile(r"[!#-'*+/-9=?A-Z^-~-]+(\.[!#-'*+/-9=?A-Z^-~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""An address without quotes and comments, in ASCII."""


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """A mail server and the login for it."""

    host: str
    port: int
    tls: bool
    """Whether TLS begins with the connection; otherwise STARTTLS begins it."""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """The server in the log."""
        return f"the mail server {self.host}:{self.port}"


def parse_server(url: str, credentials_env: str = "", *, starttls: bool = True) -> MailServer:
    """Parse the address of a mail server.

    Args:
        url: `smtp://HOST[:PORT]`, or `smtps://` for TLS from the start.
        credentials_env: Environment variable that holds `user:password`; "" for none.
        starttls: Whether an `smtp://` server must encrypt.

    Raises:
        ConfigError: The URL is not valid or holds a login, the environment variable is missing, or a login would be
            sent unencrypted.
    """
    # a mistyped URL may hold a login in an unexpected place
    found = "one with a login" if "@" in url else repr(url)
    expected = "expected an address such as smtp://mail.example.org or smtps://HOST:465"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        host = (host or "").encode("idna").decode("ascii")
    except ValueError as error:  # includes UnicodeError
        raise ConfigError(f"server: {expected}, found {found} ({error})") from None
    if parts.username is not None:
        raise ConfigError(f"server: expected the login in an environment variable, see credentials_env, found {found}")
    if parts.scheme not in PORTS or not host or parts.path.strip("/") or parts.query or parts.fragment or port == 0:
        raise ConfigError(f"server: {expected}, found {found}")
    tls = parts.scheme == "smtps"
    if credentials_env and not tls and not starttls:
        raise ConfigError("credentials_env: expected no login with starttls = false, which would send it unencrypted")
    user, password = read_credentials(credentials_env) if credentials_env else ("", "")
    return MailServer(host=host, port=port or PORTS[parts.scheme], tls=tls, user=user, password=password)


def check_addresses(key: str, addresses: Sequence[str]) -> None:
    """Refuse addresses that a mail server would not understand, or that would add headers to a message.

    Raises:
        ConfigError: There is none, or one is malformed.
    """
    if not addresses:
        raise ConfigError(f"{key}: expected at least one address such as me@example.org, found none")
    for address in addresses:
        if not _ADDRESS.fullmatch(address) or len(address) > 254:
            raise ConfigError(f"{key}: expected an address such as me@example.org, found {address!r}")
