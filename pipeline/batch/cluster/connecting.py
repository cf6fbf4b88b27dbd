"""The connection to a cluster of Ray."""

import atexit
import logging
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from pipeline.batch import scratch
from pipeline.errors import EXIT_FAILED, ConfigError, EmobotError, MissingPart
from pipeline.foreign import one_line
from pipeline.supervision import workplace

CONNECT_S = 10.0
"""Seconds that a cluster may take to accept a connection; Ray itself would try for three minutes, deaf to signals."""
ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""Variables that Ray reads when it is imported, where they are not set: no statistics, a token for each connection."""


class HeadLost(EmobotError):
    """The head of the cluster is gone."""


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Yield Ray, connected to a cluster; without an address to that of this machine, or to one of its own.

    Raises:
        MissingPart: Ray is not installed.
        ConfigError: There is no such cluster, or it refuses the token.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.util.scheduling_strategies
    except ImportError as error:
        raise MissingPart("expected the package ray for --ray, found none: pip install 'emobot[ray]'") from error
    # without one, the variable RAY_ADDRESS or the cluster of this machine, which may be gone
    address = address or ray._private.services.get_ray_address_from_environment(None, None) or ""
    where = f"at {address}" if address else "on this machine"
    if ":" in address:
        _check_listens(address, where)
    with tempfile.TemporaryFile() as said:
        try:
            with _own_signals(), _errors_into(said.fileno()):
                ray.init(
                    address=address or None, logging_level=logging.ERROR, include_dashboard=None if address else False
                )
        except SystemExit:
            # Ray's answer to SIGTERM
            raise KeyboardInterrupt from None
        except Exception as error:
            # foreign code
            found = one_line(f"{type(error).__name__}: {error}{_last_warning(said)}", 400)
            raise ConfigError(f"--ray: expected a cluster of Ray {where}, found {found}") from error
    lost = False
    try:
        yield ray
    except HeadLost:
        lost = True
        raise
    finally:
        if lost:
            # both Ray's shutdown and what it does at the end of the process would wait a minute for the head
            atexit.register(_leave, EXIT_FAILED)
        else:
            ray.shutdown()
        # of what was too slow to end in order, and was killed on this machine
        scratch.sweep()
        workplace.sweep()


def _leave(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _check_listens(address: str, where: str) -> None:
    try:
        reach(address)
    except (OSError, OverflowError, ValueError) as error:
        raise ConfigError(f"--ray: expected a cluster of Ray {where}, found {one_line(str(error))}") from error


def reach(address: str) -> None:
    """Connect to HOST:PORT for a moment.

    Raises:
        OSError: Nothing listens there.
        ValueError: There can be no such host or port.
    """
    host, _, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close()


@contextmanager
def _own_signals() -> Iterator[None]:
    """Let Ctrl-C end the process at once: while Ray connects, Python's handler would not be called for minutes.

    What Ray has started by then ends with the process. Ray also handles SIGTERM, until the block ends.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _errors_into(file: int) -> Iterator[None]:
    """Let a file take what this process writes to stderr: Ray repeats a warning each second, from C++."""
    before = os.dup(2)
    os.dup2(file, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def _last_warning(said: IO[bytes]) -> str:
    """Return the last warning of Ray, such as that of a wrong token, which its error does not name."""
    said.seek(0)
    warnings = re.findall(r"^\[[^]]* W \d+ \d+\] \S+ (.*)$", said.read().decode(errors="replace"), re.MULTILINE)
    return f" ({warnings[-1]})" if warnings else ""
