"""Ports for the servers of tests."""

import socket
from contextlib import ExitStack

MOST = 60_000
"""Largest value of `[run] port`."""


def free_port(following: int = 0) -> int:
    """Return a TCP port of 127.0.0.1 that nothing listens on, nor on as many that follow it; `[run] port` can be it."""
    while True:
        with ExitStack() as stack:
            first = stack.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            if following and port > MOST:
                continue
            try:
                for other in range(port + 1, port + 1 + following):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", other))
            except OSError:
                continue
            return port
