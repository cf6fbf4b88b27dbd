"""Tells systemd how the service is, if it asks (sd_notify(3)); without systemd every call does nothing."""

import os
import socket


def notify(state: str) -> None:
    """Send a state such as `READY=1`, `WATCHDOG=1` or `STOPPING=1`."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    # a leading @ stands for the abstract namespace
    path = "\0" + address[1:] if address.startswith("@") else address
    # without waiting: nobody may read there
    kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
    try:
        with socket.socket(socket.AF_UNIX, kind) as link:
            link.sendto(state.encode(), path)
    except (OSError, ValueError):
        # systemd went away or restarts, and will ask again; or no file can be opened just now
        return
