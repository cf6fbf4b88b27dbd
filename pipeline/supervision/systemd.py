"""Reports the state of the service to systemd (sd_notify(3)); without systemd every call does nothing."""

import os
import socket


def notify(state: str) -> None:
    """Send a state such as `READY=1`, `WATCHDOG=1` or `STOPPING=1`."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    # a leading @ means the abstract namespace
    path = "\0" + address[1:] if address.startswith("@") else address
    # without waiting: the socket may have no reader
    kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
    try:
        with socket.socket(socket.AF_UNIX, kind) as link:
            link.sendto(state.encode(), path)
    except (OSError, ValueError):
        # systemd is restarting, or the process has no free file descriptor: the next call tries again
        return
