"""Whether an address can be listened at, and who has it already."""

import contextlib
import socket
from typing import NamedTuple

import psutil

TITLE = "emobot: "
"""What the processes of a run are called."""


class Holder(NamedTuple):
    """A process that listens at a port."""

    pid: int
    name: str
    """How it is called, in one line."""
    run: int | None
    """The process of the run it belongs to, which ends all others of it; None where it is not one of Emobot's."""


def listen_error(host: str, port: int) -> OSError | None:
    """Return why nobody can listen at an address now; None where it is free.

    Args:
        host: Name or address; empty for all of this machine's.
        port: Its number.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as one:
            # as those do who will listen there: a connection that has just ended does not matter
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
    except OSError as error:
        return error
    return None


def who_listens(port: int) -> Holder | None:
    """Return who listens at a port; None where that is not known, as of other users' processes."""
    with contextlib.suppress(psutil.Error, OSError):
        for one in psutil.net_connections("tcp"):
            if one.status == psutil.CONN_LISTEN and one.laddr.port == port and one.pid:
                process = psutil.Process(one.pid)
                return Holder(one.pid, _called(process), _run_of(process))
    return None


def _called(process: psutil.Process) -> str:
    return " ".join(" ".join(process.cmdline()).split())[:80] or str(process.name())


def _run_of(process: psutil.Process) -> int | None:
    """Return the process above those that a run has started, or the run's own, if that is what it is."""
    if _called(process).startswith(TITLE):
        process = process.parent() or process
    elif not any(_called(child).startswith(TITLE) for child in process.children()):
        return None
    return int(process.pid)
