"""The cameras that announce themselves on this machine's networks: ONVIF's use of WS-Discovery."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from pipeline.foreign import one_line
from stages.media.onvif.library import load

SCOPE = "onvif://www.onvif.org/"
"""What the scopes of an ONVIF device begin with (ONVIF Core Specification, 7.3.2.2). Its types are no help: some
cameras announce only one of the two that they should."""


log = logging.getLogger(__name__)


class Device(NamedTuple):
    """A camera, or another device that speaks ONVIF, such as a recorder."""

    host: str
    """Its address; with a port if that is not 80."""
    name: str
    model: str


def find_devices(wait_s: float) -> list[Device]:
    """Ask all networks for ONVIF devices; return those that answered, by address.

    Args:
        wait_s: Seconds to wait for answers.

    Raises:
        MissingPart: The library is not installed.
    """
    library = load("wsdiscovery")
    with _errors_logged():
        search = library.WSDiscovery()
        search.start()
        try:
            services = search.searchServices(timeout=wait_s)
            found = [device for service in services for device in _devices(service)]
        finally:
            search.stop()
    return sorted(set(found))


@contextmanager
def _errors_logged() -> Iterator[None]:
    """Keep what the library's threads fail on, such as a malformed answer, out of the terminal."""
    before = threading.excepthook
    threading.excepthook = lambda args: log.debug("WS-Discovery failed: %s", args.exc_value)
    try:
        yield
    finally:
        threading.excepthook = before


def _devices(service: Any) -> list[Device]:
    """Return the device behind an answer, once for each of its addresses; none if it is not an ONVIF device."""
    scopes = [scope.getValue() for scope in service.getScopes()]
    if not any(scope.startswith(SCOPE) for scope in scopes):
        return []
    name, model = (_said(scopes, what) for what in ("name", "hardware"))
    hosts = []
    for address in service.getXAddrs():
        # a device on the network writes what it likes
        with suppress(ValueError):
            parts = urlsplit(address)
            if parts.hostname and not parts.hostname.startswith(("169.254.", "fe80:")):
                host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
                hosts.append(host if parts.port in (None, 80) else f"{host}:{parts.port}")
    return [Device(host, name, model) for host in hosts]


def _said(scopes: Sequence[str], what: str) -> str:
    values = [unquote(scope.removeprefix(f"{SCOPE}{what}/")) for scope in scopes if scope.startswith(f"{SCOPE}{what}/")]
    return one_line(values[0]) if values else ""
