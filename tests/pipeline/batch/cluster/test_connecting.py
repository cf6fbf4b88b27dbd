"""How the driver finds a cluster."""

import atexit
import os
import signal
import socket
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.batch.cluster.connecting import ENVIRONMENT, HeadLost, connected
from pipeline.batch.scratch import scratch
from pipeline.errors import ConfigError


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """Replace Ray; return how it was started."""
    started: list[dict[str, Any]] = []

    def init(**options: Any) -> None:
        if refused := os.environ.get("REFUSED"):
            for _ in range(2):
                os.write(2, f"[2026-11-28 18:17:50,144 W 30949 30949] gcs_client.cc:210: {refused}\n".encode())
            raise ConnectionError("Failed to connect to Ray cluster")
        # Ray's own: exit code 15
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(number))
        if options["address"] == "local" and os.environ.get("SIGNALLED"):
            os.kill(os.getpid(), signal.SIGTERM)
        started.append({**options, "handler": signal.getsignal(signal.SIGINT)})

    services = SimpleNamespace(get_ray_address_from_environment=lambda address, folder: "127.0.0.1:1")
    ray = SimpleNamespace(init=init, shutdown=lambda: started.append({}), _private=SimpleNamespace(services=services))
    for name in ("ray", "ray.util", "ray.util.scheduling_strategies"):
        monkeypatch.setitem(sys.modules, name, ray)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    yield started


@pytest.mark.parametrize(
    ("address", "named"),
    [("127.0.0.1:1", "127.0.0.1:1"), ("[::1]:1", "::1"), ("", "127.0.0.1:1"), ("a..b:1", "a..b"), ("a:99999", "a:9")],
)
def test_an_address_where_nothing_listens_is_refused_at_once(
    start: list[dict[str, Any]], address: str, named: str
) -> None:
    """Ray would try for three minutes, deaf to Ctrl-C; so also for the cluster of this machine, if it is gone."""
    with pytest.raises(ConfigError, match="--ray: expected a cluster of Ray at ") as error, connected(address):
        pytest.fail("connected")
    assert named in str(error.value) and "\n" not in str(error.value) and not start


def test_ctrl_c_ends_a_process_that_connects(start: list[dict[str, Any]]) -> None:
    """At once; afterwards it does what it did before, and so does SIGTERM, which Ray handles."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with connected(address) as ray:
            assert ray is sys.modules["ray"]
    options, _ = start
    assert (options["address"], options["handler"]) == (address, signal.SIG_DFL)
    assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


def test_sigterm_while_ray_connects_counts_as_ctrl_c(
    start: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray's handler would give exit code 15."""
    monkeypatch.setenv("SIGNALLED", "1")
    with pytest.raises(KeyboardInterrupt), connected("local"):
        pytest.fail("connected")


@pytest.mark.parametrize("lost", [True, False])
def test_nothing_waits_for_a_lost_head(
    start: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, lost: bool
) -> None:
    """Ray's shutdown would for a minute, and so would what Ray does when the process ends."""
    at_end: list[Any] = []
    monkeypatch.setattr(atexit, "register", lambda function, *arguments: at_end.append(arguments))
    with pytest.raises(HeadLost if lost else KeyboardInterrupt), connected("local"):
        raise HeadLost if lost else KeyboardInterrupt
    assert (len(start), at_end) == ((1, [(1,)]) if lost else (2, []))


def test_what_killed_processes_left_goes_at_the_end(start: list[dict[str, Any]]) -> None:
    """Those of this machine; what living processes hold stays."""
    with scratch() as living:
        left = living.with_name(f"{living.name}-left")
        left.mkdir()
        (left / "lock").touch()
        with connected("local"):
            pass
        assert living.exists() and not left.exists()


def test_the_line_names_a_wrong_token(
    start: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Ray's error does not; its warnings, one each second, are not shown."""
    monkeypatch.setenv("REFUSED", "Unauthenticated: Authentication token is missing or incorrect")
    with pytest.raises(ConfigError) as error, connected("local"):
        pytest.fail("connected")

    found = "ConnectionError: Failed to connect to Ray cluster (Unauthenticated: Authentication token is missing or"
    assert str(error.value) == f"--ray: expected a cluster of Ray at local, found {found} incorrect)"
    assert capfd.readouterr().err == ""
