"""The page's listening socket and its addresses."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

from psutil import net_if_addrs

from pipeline.errors import ConfigError

ALIVE = ((socket.TCP_KEEPIDLE, 10), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))
"""Options of connections: seconds of silence until the kernel asks whether the browser's machine is there, seconds
between two questions, and number of those without an answer after which it has gone. A phone that leaves the network
sends nothing: its half of an upload would hold its place in the queue for an hour."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        ConfigError: The address does not belong to this machine, or the port is in use.
    """
    listener = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        # a restarted process can bind its port again at once
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # accepted connections inherit these
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in ALIVE:
            listener.setsockopt(socket.IPPROTO_TCP, option, value)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        if listener:
            listener.close()
        raise ConfigError(
            f"expected a free port on this machine, found {host}:{port} not available"
            f" ({error.strerror or error}), in web"
        ) from error
    return listener


def addresses() -> list[IPv4Address | IPv6Address]:
    """Return this machine's addresses on the network, IPv4 first."""
    found = {
        ip_address(one.address.partition("%")[0])
        for link in net_if_addrs().values()
        for one in link
        if one.family in (socket.AF_INET, socket.AF_INET6)
    }
    return sorted(
        (one for one in found if not one.is_loopback and not one.is_link_local), key=lambda one: (one.version, int(one))
    )


def places(host: str) -> list[str]:
    """Return the hosts for the page's URLs: `host`, or each of this machine's addresses if it listens on all."""
    try:
        everywhere = ip_address(host or "0.0.0.0").is_unspecified
    except ValueError:
        return [host]
    found = [str(one) for one in addresses() if one.version == 4 or ":" in host] if everywhere else [host]
    return [f"[{one}]" if ":" in one else one for one in found or ["localhost"]]
