"""Fixtures for tests of the output of kind nats."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stages.nats import sender as module
from stages.nats.sink import Nats
from tests.support.fleet.server import NATS_SERVER, NatsServer


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have connections tried again at once."""
    monkeypatch.setattr(module, "RETRY_S", (0.1, 0.2))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    """A server."""
    if not NATS_SERVER:
        pytest.skip("nats-server is not installed")
    with contextlib.closing(_Stopping(tmp_path)) as one:
        one.start()
        yield one


class _Stopping(NatsServer):
    def close(self) -> None:
        """Stop it."""
        self.stop()


@pytest.fixture
def stage(server: NatsServer) -> Iterator[Callable[..., Nats]]:
    """Return what makes a stage that sends to the server."""
    with contextlib.ExitStack() as made:

        def make(**options: object) -> Nats:
            one = Nats(**{"server": server.url, "box": "shop", **options})  # type: ignore[arg-type]
            made.callback(one.close)
            return one

        yield make
