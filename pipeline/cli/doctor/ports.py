"""Whether an address is free, and which process holds it."""

import contextlib
import socket
from typing import NamedTuple

import psutil

TITLE = "emobot: "
"""Command names of the processes of a run."""


class Holder(NamedTuple):
    """A process that listens on a port."""

    pid: int
    name: str
    """Its command line, in one line."""
    run: int | None
    """PID of the supervisor of its run; None if it is not an Emobot process."""


def listen_error(host: str, port: int) -> OSError | None:
    """Return the error of binding an address; None if it is free.

    Args:
        host: Name or address; empty for all of this machine's.
        port: Its number.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as one:
            # as the outputs set it: a connection in TIME_WAIT does not block the port
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
    except OSError as error:
        return error
    return None


def who_listens(port: int) -> Holder | None:
    """Return the process that listens on a port; None if unknown, as for other users' processes."""
    with contextlib.suppress(psutil.Error, OSError):
        for one in psutil.net_connections("tcp"):
            if one.status == psutil.CONN_LISTEN and one.laddr.port == port and one.pid:
                process = psutil.Process(one.pid)
                return Holder(one.pid, _called(process), _run_of(process))
    return None


def _called(process: psutil.Process) -> str:
    return " ".join(" ".join(process.cmdline()).split())[:80] or str(process.name())


def _run_of(process: psutil.Process) -> int | None:
    """Return the PID of the run's supervisor for one of its processes, or for the supervisor itself."""
    if _called(process).startswith(TITLE):
        process = process.parent() or process
    elif not any(_called(child).startswith(TITLE) for child in process.children()):
        return None
    return int(process.pid)
