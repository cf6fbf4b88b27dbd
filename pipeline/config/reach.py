"""Whether an address of ZeroMQ stays on this machine; beyond it, frames and events are encrypted.

A plan whose links leave this machine needs a key, and addresses that the other machines reach.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import psutil
from msgspec.structs import replace

from pipeline.config.keys import read_pair
from pipeline.config.options import Problems
from pipeline.config.plan import Plan
from pipeline.errors import ConfigError

MOST_PROCESSES = 99
"""Number of processes that may replace each other at one address, as an example: it is in the address."""
LINK_NEEDS = "a file of `emobot keys new`, the same on all machines, or insecure = true"
"""What a link between machines needs."""


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


def check_hosts(plan: Plan, problems: Problems) -> None:
    """Refuse links that cannot work: a remote stage without pixels for the next, or no address of this machine."""
    for node in plan.nodes:
        there = node.keys.host
        if there and not plan.run.host and any(not plan[name].keys.host for name in node.to):
            problems.add("run", f"host: expected this machine's address, where {node.name} on {there} reaches it")
        for name in node.to:
            if plan[name].keys.host and plan[name].pixels != "none" and node.keys.host and node.pixels == "none":
                problems.add(name, f"host: expected {node.name}, which sends the pixels, to run here or read them")


def check_key(plan: Plan, problems: Problems) -> None:
    """Refuse a key that cannot be used, and links between machines without one."""
    run = plan.run
    try:
        if run.key:
            read_pair(Path(run.key))
        for name in (node.name for node in plan.nodes if node.role != "source" and plan.crosses_machines(node.name)):
            require_key(plan.address(name, 0), bool(run.key), run.insecure, LINK_NEEDS)
    except ConfigError as error:
        problems.add("run", f"key: {error}")


def check_directory(plan: Plan, problems: Problems) -> None:
    """Refuse a directory whose name is too long for those of the sockets in it."""
    if not plan.run.dir:
        return
    there = replace(plan, run=replace(plan.run, dir=str(Path(plan.run.dir).absolute())))
    try:
        for node in plan.nodes:
            there.address(node.name, max(0, node.workers - 1), MOST_PROCESSES)
    except ConfigError as error:
        problems.add("run", str(error).removeprefix("[run] "))


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
