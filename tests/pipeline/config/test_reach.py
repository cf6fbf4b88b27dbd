"""Which addresses stay on this machine."""

from pathlib import Path

import pytest

from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan
from pipeline.config.reach import require_key, stays_here
from pipeline.errors import ConfigError


@pytest.mark.parametrize(
    "address",
    [
        "ipc:///tmp/x",
        "inproc://x",
        "tcp://127.0.0.1:5556",
        "tcp://127.8.9.1:*",
        "tcp://127.1:5556",
        "tcp://localhost:5556",
        "tcp://lo:5556",
        "tcp://[::1]:5556",
        "tcp://::1:5556",
        "tcp://[::ffff:127.0.0.1]:5556",
        "tcp://0.0.0.0:0;127.0.0.1:5556",
    ],
)
def test_loopback_stays(address: str) -> None:
    """By number, name and interface, of both versions of IP."""
    assert stays_here(address)


@pytest.mark.parametrize(
    "address",
    [
        "tcp://*:5556",
        "tcp://0.0.0.0:5556",
        "tcp://0:5556",
        "tcp://[::]:5556",
        "tcp://192.168.1.2:5556",
        "tcp://[fe80::1%lo]:5556",
        "tcp://[::ffff:10.0.0.1]:5556",
        "tcp://127.0.0.1:0;10.0.0.1:5556",
        "tcp://127.0.0.1.invalid:5556",
        "tcp://ü\udcff:1",
        "tcp://:5556",
        "udp://127.0.0.1:5556",
    ],
)
def test_everything_else_leaves(address: str) -> None:
    """Also what is unknown."""
    assert not stays_here(address)
    require_key(address, True, False, "a key")
    require_key(address, False, True, "a key")
    with pytest.raises(ConfigError, match="expected a key, since .* leaves this machine unencrypted"):
        require_key(address, False, False, "a key")


def test_a_name_counts_by_all_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is elsewhere is enough."""
    found = {"home": ["127.0.0.1", "::1"], "both": ["127.0.0.1", "10.0.0.1"], "away": ["10.0.0.1"], "odd": []}
    monkeypatch.setattr(
        "pipeline.config.reach.socket.getaddrinfo", lambda host, *_, **__: [(0, 0, 0, "", (a, 0)) for a in found[host]]
    )

    assert [stays_here(f"tcp://{name}:1") for name in found] == [True, False, False, False]


@pytest.mark.parametrize(("length", "fits"), [(60, True), (100, False)])
def test_sockets_need_a_directory_with_a_short_name(length: int, fits: bool) -> None:
    """`emobot check` reports it with all other mistakes; the start of a run named a path that nobody had written."""
    place = Path("/", "x" * length)
    raw = {"camera": {"a": {"source": "demo"}}, "output": {"e": {"kind": "events"}}, "run": {"dir": str(place)}}
    if fits:
        build_plan(parse_config(raw))
        return
    with pytest.raises(ConfigError, match=r"^.*\[run\] dir: expected a shorter path: .* is longer than 107 bytes$"):
        build_plan(parse_config(raw))
