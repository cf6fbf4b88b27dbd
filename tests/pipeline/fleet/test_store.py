"""The buckets of a fleet, at a real server."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, InputError
from pipeline.fleet.clock import ServerClock
from pipeline.fleet.records import Camera, Lease
from pipeline.fleet.server.answers import Refused, Unreachable
from pipeline.fleet.server.store import Store
from pipeline.transport.nats.server import parse_server
from tests.support.fleet.server import NATS_SERVER, NatsServer

pytestmark = [pytest.mark.process, pytest.mark.skipif(not NATS_SERVER, reason="nats-server is not installed")]

MINE, YOURS = Lease(box="a", session="a"), Lease(box="b", session="b")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    """A server."""
    one = NatsServer(tmp_path)
    one.start()
    try:
        yield one
    finally:
        one.stop()


def test_a_lease_has_one_owner(server: NatsServer) -> None:
    """Only who knows its revision renews it or gives it up; the server forgets it after the ttl."""

    async def scene() -> None:
        store = await Store.open(parse_server(server.url), "emobot", 1.0)
        leases = store.leases
        revision = await leases.create("lease.a", MINE)
        with pytest.raises(Refused):
            await leases.create("lease.a", YOURS)
        renewed, refused = await leases.update_all([("lease.a", MINE, revision), ("lease.a", YOURS, revision)])
        assert isinstance(renewed, int)
        assert isinstance(refused, Refused)
        with pytest.raises(Refused):
            await leases.delete("lease.a", revision)
        async with asyncio.timeout(20):
            while await leases.get("lease.a"):
                await asyncio.sleep(0.02)
        with pytest.raises(Refused):
            await leases.update("lease.a", MINE, renewed)
        revision = await leases.create("lease.a", YOURS)
        await leases.delete("lease.a", revision)
        await leases.create("lease.a", MINE)
        clock = ServerClock()
        await clock.measure(store, "a")
        assert clock.offset
        assert abs(clock.offset.seconds) <= clock.offset.error_s, "both have this machine's clock"
        assert await leases.stored_at(10_000) is None
        await store.close()
        (answer,) = await leases.update_all([("lease.a", MINE, 9)])
        assert isinstance(answer, Unreachable)

    asyncio.run(scene())


def test_changes_are_watched(server: NatsServer) -> None:
    """First what is there, then None, then each change."""

    async def scene() -> None:
        store = await Store.open(parse_server(server.url), "emobot", 1.0)
        await store.fleet.put("camera.a", Camera())
        watched = store.fleet.watch("camera.*")
        assert [entry and entry.key for entry in (await anext(watched), await anext(watched))] == ["camera.a", None]
        await store.fleet.delete("camera.a")
        gone = await anext(watched)
        assert gone
        assert gone.read(Camera) is None
        await watched.aclose()
        assert await store.fleet.entries() == []
        await store.close()

    asyncio.run(scene())


def test_the_ttl_changes_only_while_no_box_is_there(server: NatsServer) -> None:
    """Boxes with another one keep to that of the fleet."""

    async def ttl_s(wanted_s: float | None) -> float:
        store = await Store.open(parse_server(server.url), "emobot", wanted_s)
        try:
            if wanted_s == 3.0:
                await store.leases.put("box.a", MINE)
            return store.ttl_s
        finally:
            await store.close()

    with pytest.raises(ConfigError, match="expected the fleet emobot at"):
        asyncio.run(ttl_s(None))
    assert [asyncio.run(ttl_s(wanted_s)) for wanted_s in (2.0, None, 3.0, 4.0)] == [2.0, 2.0, 3.0, 3.0]


@pytest.mark.parametrize(("ttl_s", "found"), [(None, "one that keeps them"), (3600.0, "3600 s")])
def test_leases_that_would_not_end_are_refused(server: NatsServer, ttl_s: float | None, found: str) -> None:
    """A bucket that another program has made, and filled."""

    async def scene() -> None:
        import nats

        client = await nats.connect(server.url)
        for part in ("fleet", "leases"):
            bucket = await client.jetstream().create_key_value(bucket=f"emobot-{part}", ttl=ttl_s)
        await bucket.put("lease.a", b"x")
        for own_ttl_s in (1.0, None):
            with pytest.raises(InputError, match=f"to forget records after 1 to 600 s, found {found}: delete it"):
                await Store.open(parse_server(server.url), "emobot", own_ttl_s)
        await client.close()

    asyncio.run(scene())


def test_a_server_without_jetstream_is_refused(tmp_path: Path) -> None:
    """In one line."""
    server = NatsServer(tmp_path, jetstream=False)
    server.start()
    try:
        with pytest.raises(InputError, match="expected a NATS server with JetStream, found"):
            asyncio.run(Store.open(parse_server(server.url), "emobot", 1.0))
    finally:
        server.stop()
