"""What a box does about leases, with buckets in memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from pipeline.fleet import leader as leader_module
from pipeline.fleet.agent import pacing
from pipeline.fleet.agent.agent import Agent
from pipeline.fleet.records import Box as BoxRecord
from pipeline.fleet.records import Camera, Drain, Lease, Plan
from pipeline.transport.fence import now_ns
from tests.pipeline.fleet.buckets import Box, MemoryStore

pytestmark = pytest.mark.slow

TTL_S = 0.3
PATIENCE_S = 20.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten all waits."""
    monkeypatch.setattr(pacing, "PLAN_S", 0.05)
    monkeypatch.setattr(pacing, "POLL_S", 0.01)
    monkeypatch.setattr(pacing, "LAST_S", 0.01)
    monkeypatch.setattr(pacing, "RETRY_S", (0.02, 0.05))
    monkeypatch.setattr(leader_module, "ROUND_S", 0.01)
    monkeypatch.setattr(leader_module, "SETTLE_S", 0.02)


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(store: MemoryStore, box: Box, name: str = "x", led: bool = False) -> AsyncIterator[Agent]:
    """Run a box; unless it is led, somebody else leads for ever."""
    keep = None if led else asyncio.ensure_future(keep_leading(store))
    agent = Agent(name, store.ttl_s, cast(Any, store.connect), box)
    task = asyncio.ensure_future(agent.run())
    try:
        await until(lambda: store.leases.read(f"box.{name}", BoxRecord))
        yield agent
    finally:
        agent.stop()
        await asyncio.wait_for(task, PATIENCE_S)
        if keep:
            keep.cancel()


async def keep_leading(store: MemoryStore) -> None:
    """Renew the leader's lease."""
    while True:
        store.leases.write("leader", Lease(box="other", session="other"))
        await asyncio.sleep(TTL_S / 3)


def play(scene: Callable[[MemoryStore, Box], Awaitable[None]]) -> None:
    """Run a scene."""

    async def run() -> None:
        await scene(MemoryStore(TTL_S), Box(capacity=2))

    asyncio.run(run())


def test_a_box_runs_what_it_is_planned_and_leases() -> None:
    """It stops what is no longer in the plan, and the lease is free at once."""

    async def scene(store: MemoryStore, box: Box) -> None:
        async with running(store, box):
            store.plan("x", "a", "b", "c")
            await until(lambda: len(box.fences) == 2)
            first = dict(box.fences)
            await until(lambda: all(box.fences[name] > end for name, end in first.items()))
            assert len(box.running) == 2, "its capacity"

            store.plan("x", "b")
            await until(lambda: store.leases.read("lease.a", Lease) is None)
            assert "a" not in box.running | box.fences
        assert store.leases.read("lease.b", Lease) is None
        assert store.leases.read("box.x", BoxRecord) is None

    play(scene)


def test_a_refused_renewal_closes_the_fence() -> None:
    """Somebody else has the lease; the camera is stopped, and leased again once it is free."""

    async def scene(store: MemoryStore, box: Box) -> None:
        async with running(store, box):
            store.plan("x", "a")
            await until(lambda: box.fences)
            store.leases.write("lease.a", Lease(box="y", session="y"))
            await until(lambda: not box.fences)
            await until(lambda: box.ended == ["a"])
            await until(lambda: box.fences)

    play(scene)


def test_a_renewal_whose_answer_was_lost_is_no_loss() -> None:
    """The record is this box's own; a fence is open only as long as was confirmed."""

    async def scene(store: MemoryStore, box: Box) -> None:
        async with running(store, box):
            store.plan("x", "a")
            await until(lambda: box.fences)
            session = store.leases.read("lease.a", Lease).session
            end_ns = box.fences["a"]
            store.leases.mute = True
            written = store.leases.written["lease.a"]
            await until(lambda: store.leases.written["lease.a"] > written)
            assert box.fences["a"] == end_ns
            store.leases.mute = False
            await until(lambda: box.fences["a"] > end_ns)
            assert store.leases.read("lease.a", Lease).session == session
            assert box.ended == []

    play(scene)


def test_an_outage_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Each loop of the agent finds that nothing answers, many times."""

    async def scene(store: MemoryStore, box: Box) -> None:
        async with running(store, box):
            store.plan("x", "a", "b")
            await until(lambda: len(box.fences) == 2)
            store.leases.mute = store.fleet.mute = True
            await until(lambda: not box.fences and not box.running)
            asked = store.leases.asked
            await until(lambda: store.leases.asked > asked + 5)
            store.leases.mute = store.fleet.mute = False
            await until(lambda: len(box.fences) == 2)

    play(scene)
    lines = [record.getMessage() for record in caplog.records if "answer" in record.getMessage()]
    assert lines == ["fleet: the NATS server does not answer"]


def test_a_box_that_is_cut_off_stops_its_cameras() -> None:
    """The fences are closed by the clock; afterwards everything runs again."""

    async def scene(store: MemoryStore, box: Box) -> None:
        async with running(store, box):
            store.plan("x", "a", "b")
            await until(lambda: len(box.fences) == 2)
            last_ns = max(box.fences.values())
            store.leases.cut = store.fleet.cut = True
            await until(lambda: not box.fences and not box.running)
            assert now_ns() >= last_ns
            store.leases.cut = store.fleet.cut = False
            await until(lambda: len(box.fences) == 2)

    play(scene)


def test_an_unhealthy_run_loses_its_leases() -> None:
    """Nobody would restart its cameras."""

    async def scene(store: MemoryStore, box: Box) -> None:
        async with running(store, box):
            store.plan("x", "a")
            await until(lambda: box.fences)
            box.healthy = False
            await until(lambda: store.leases.read("lease.a", Lease) is None and not box.fences)
            box.healthy = True
            await until(lambda: box.fences)

    play(scene)


def test_two_boxes_of_one_name_do_not_both_take_part() -> None:
    """The second waits until the first has gone."""

    async def scene(store: MemoryStore, box: Box) -> None:
        second = Box()
        async with running(store, box) as first:
            store.plan("x", "a")
            await until(lambda: box.fences)
            twin = Agent("x", store.ttl_s, cast(Any, store.connect), second)
            task = asyncio.ensure_future(twin.run())
            connections = store.connections
            await until(lambda: store.connections > connections + 5)
            assert second.fences == {}
            first.stop()
            await until(lambda: second.fences)
            twin.stop()
            await task

    play(scene)


def test_boxes_place_cameras_among_themselves() -> None:
    """One leads; a drained box is emptied, a stopped one is replaced."""

    async def scene(store: MemoryStore, box: Box) -> None:
        other = Box(capacity=2)
        async with running(store, other, "y", led=True) as survivor:
            async with running(store, box, "x", led=True) as agent:
                for name in "ab":
                    store.fleet.write(f"camera.{name}", Camera(options={"source": "demo"}))
                await until(lambda: len(box.fences | other.fences) == 2)
                await until(lambda: agent.is_leader != survivor.is_leader)
                store.fleet.write("drain.y", Drain())
                await until(lambda: box.fences.keys() == {"a", "b"} and not other.fences)
                store.fleet.write("drain.y", None)
            await until(lambda: other.fences.keys() == {"a", "b"})
            await until(lambda: survivor.is_leader)
            store.fleet.write("camera.a", None)
            await until(lambda: other.fences.keys() == {"b"})
        assert store.fleet.read("plan.y", Plan).cameras.keys() == {"b"}

    play(scene)


def test_records_of_no_box_cost_no_placement() -> None:
    """Other programs at the server may store a name that no box can have."""

    async def scene(store: MemoryStore, box: Box) -> None:
        store.fleet.write("plan.\u00e9", Plan(cameras={"hall": {}}))
        store.fleet.write("drain.a b", Drain())
        async with running(store, box, "x", led=True) as agent:
            await until(lambda: agent.is_leader)
            store.fleet.write("camera.a", Camera(options={"source": "demo"}))

            def is_placed() -> bool:
                store.leases.write("box.$x", BoxRecord(session="z", capacity=9))
                return box.fences.keys() == {"a"}

            await until(is_placed)

    play(scene)
