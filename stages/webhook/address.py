"""The URL of a receiver, and the addresses behind its name that may be reached."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from pipeline.errors import ConfigError
from pipeline.foreign import one_line

PORTS = {"http": 80, "https": 443}
"""Default port by scheme."""
EMBEDDED = ("::/96", "64:ff9b::/96")
"""IPv6 networks whose last 32 bits are an IPv4 address: IPv4-compatible addresses and NAT64."""
EXPECTED = "expected a URL such as https://example.org/hook"

SocketAddress = tuple[int, tuple[Any, ...]]
"""Family and address of a socket."""


@dataclass(frozen=True)
class Endpoint:
    """Where a request goes."""

    scheme: str
    host: str
    """Name in ASCII, or address without brackets."""
    port: int
    target: str
    """Path and query. They may hold a token, so no message shows them."""

    @property
    def authority(self) -> str:
        """Host and port as in a URL."""
        # the zone of an IPv6 address means nothing to the receiver
        host = f"[{self.host.partition('%')[0]}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """The URL without path and query, for messages."""
        return f"{self.scheme}://{self.authority}"

    def leads_to(self, location: str) -> "Endpoint | None":
        """Return where a redirect leads; None if that is no URL of HTTP."""
        try:
            return parse_endpoint(urljoin(f"{self.origin}{self.target}", location))
        except (ConfigError, ValueError):
            return None


def parse_endpoint(url: str) -> Endpoint:
    """Parse the URL of a receiver.

    Raises:
        ConfigError: It is not valid, or holds a login.
    """
    # a path may hold a token, and a mistyped URL a login in an unexpected place
    start = re.match(r"(?:\w+://)?[^/?#]*", url)
    found = "one with a login" if "@" in url else repr(one_line(start[0] if start else ""))
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode().replace("%25", "%"), parts.port
    except ValueError as error:  # includes UnicodeError
        raise ConfigError(f"{EXPECTED}, found {found} ({one_line(str(error))})") from None
    if parts.username is not None or parts.scheme not in PORTS or not host or port == 0 or parts.fragment:
        raise ConfigError(f"{EXPECTED}, without login and fragment, found {found}")
    if not re.fullmatch(r"[\w.:%-]+", host, re.ASCII):
        raise ConfigError(f"{EXPECTED}, found {found}")
    query = f"?{parts.query}" if parts.query else ""
    target = quote((parts.path or "/") + query, safe="%/:?#[]@!$&'()*+,;=-._~")
    return Endpoint(parts.scheme, host, port or PORTS[parts.scheme], target)


def refuse_link_local(endpoint: Endpoint) -> None:
    """Refuse a URL that names a link-local address in any notation, without asking a name server.

    Raises:
        ConfigError: It does.
    """
    try:
        found = _look_up(endpoint, socket.AI_NUMERICHOST)
    except OSError:
        return  # a name
    if all(is_link_local(address[0]) for _, address in found):
        raise ConfigError(
            f"expected no link-local address without allow_link_local = true, found {endpoint.host} in the URL"
        )


def addresses(endpoint: Endpoint, *, allow_link_local: bool) -> list[SocketAddress]:
    """Return the addresses of the endpoint's host that may be reached, at least one.

    Raises:
        OSError: The name is unknown, or all its addresses are link-local.
    """
    found = _look_up(endpoint)
    allowed = [one for one in found if allow_link_local or not is_link_local(one[1][0])]
    if not allowed:
        raise PermissionError(f"its address {found[0][1][0]} is link-local, which only allow_link_local = true permits")
    return allowed


def is_link_local(address: str) -> bool:
    """Return whether an IP address is link-local, or holds an IPv4 address that is.

    Services that configure machines, with their credentials, listen on such addresses.
    """
    ip = ipaddress.ip_address(address)
    candidates: list[ipaddress.IPv4Address | ipaddress.IPv6Address | None] = [ip]
    if isinstance(ip, ipaddress.IPv6Address):
        candidates += [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if any(ip in ipaddress.IPv6Network(network) for network in EMBEDDED):
            candidates.append(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF))
    return any(one.is_link_local for one in candidates if one is not None)


def _look_up(endpoint: Endpoint, flags: int = 0) -> list[SocketAddress]:
    found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM, flags=flags)
    return [(int(family), tuple(address)) for family, _, _, _, address in found]
