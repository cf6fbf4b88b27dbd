"""Whether an address of ZeroMQ stays on this machine; beyond it, frames and events are encrypted."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import psutil

from pipeline.errors import ConfigError


def stays_here(address: str) -> bool:
    """Return whether only this machine reaches an address to listen on, or whether it leads to this machine.

    A name counts by what it resolves to now, an interface by its addresses. An unknown one may be anywhere.
    """
    scheme, _, place = address.partition("://")
    if scheme != "tcp":
        return scheme in ("ipc", "inproc")
    # a client may name its own address first: tcp://source;destination
    host = host_of(place.rpartition(";")[2])
    if (literal := _literal(host)) is not None:
        return _is_loopback(literal)
    found = [one.address for one in psutil.net_if_addrs().get(host, ()) if one.family in _FAMILIES]
    if not found and host not in ("", "*"):
        try:
            found = [str(one[4][0]) for one in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError):
            found = []
    literals = [_literal(one) for one in found]
    return bool(literals) and all(one is not None and _is_loopback(one) for one in literals)


def require_key(address: str, has_key: bool, insecure: bool, missing: str) -> None:
    """Refuse an address that other machines reach without encryption.

    Args:
        address: Where to listen or to connect.
        has_key: Whether the socket has a key.
        insecure: Whether the user accepts a connection without encryption.
        missing: What to set, for the message.

    Raises:
        ConfigError: There is neither.
    """
    is_address = "://" in address  # ZeroMQ refuses all else
    if is_address and not (has_key or insecure or stays_here(address)):
        raise ConfigError(f"expected {missing}, since {address} leaves this machine unencrypted, found neither")


def host_of(place: str) -> str:
    """Return the host of `host:port`, without the brackets of IPv6."""
    return place.rpartition(":")[0].removeprefix("[").removesuffix("]")


_FAMILIES = (socket.AF_INET, socket.AF_INET6)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _is_loopback(address: IPv4Address | IPv6Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
