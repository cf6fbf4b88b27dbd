"""`emobot fleet add` and `set`, at a real server."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.fleet.commands import add, remove, set_camera
from pipeline.errors import ConfigError
from pipeline.fleet.records import Camera
from pipeline.fleet.server.store import Store
from pipeline.transport.nats.server import parse_server
from tests.support.fleet.server import NATS_SERVER, NatsServer

pytestmark = [pytest.mark.process, pytest.mark.skipif(not NATS_SERVER, reason="nats-server is not installed")]


@pytest.fixture
def where(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The options that name a server with a fleet."""
    server = NatsServer(tmp_path)
    server.start()

    async def make() -> None:
        await (await Store.open(parse_server(server.url), "emobot", 1.0)).close()

    try:
        asyncio.run(make())
        yield {"config": tmp_path / "none.toml", "nats": server.url}
    finally:
        server.stop()


def options(nats: str, name: str) -> dict[str, Any] | None:
    """Return the options of a camera that the server has."""

    async def read() -> dict[str, Any] | None:
        store = await Store.open(parse_server(nats), "emobot")
        entry = await store.fleet.get(f"camera.{name}")
        await store.close()
        camera = entry.read(Camera) if entry else None
        return camera.options if camera else None

    return asyncio.run(read())


def test_options_of_a_camera_are_changed_and_restored(where: dict[str, Any]) -> None:
    """What is not named stays; an empty value restores the default."""
    add("hall", "rtsp://10.0.0.1/1", ["fps=5", "width=640", "loop="], **where)
    set_camera("hall", ["fps=", "height=480", "source=rtsp://10.0.0.2/1"], **where)

    assert options(where["nats"], "hall") == {"source": "rtsp://10.0.0.2/1", "width": 640, "height": 480}


def test_what_cannot_be_changed_is_refused_in_one_line(where: dict[str, Any]) -> None:
    """And nothing changes."""
    add("hall", "demo", [], **where)
    for name, keys, line in (
        ("yard", ["fps=5"], "expected a camera of the fleet, found yard"),
        ("a b", ["fps=5"], "expected a camera of the fleet, found a b"),
        ("hall", [], "expected at least one option as key=value, or key= for its default, found none"),
        ("hall", ["source="], "source: expected text, found nothing: a camera has no default source"),
        ("hall", ["fps=nan"], r"\[camera.hall\] fps: expected a finite number, found nan"),
    ):
        with pytest.raises(ConfigError, match=line):
            set_camera(name, keys, **where)
    assert options(where["nats"], "hall") == {"source": "demo"}

    remove("hall", **where)
    assert options(where["nats"], "hall") is None
