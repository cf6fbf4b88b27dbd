"""A box hosts cameras: it runs those of its plan, takes their leases, and releases them in order."""

import asyncio
import contextlib
from collections.abc import Callable

from pipeline.fleet.agent import pacing
from pipeline.fleet.agent.cameras import Cameras
from pipeline.fleet.agent.holder import Holder
from pipeline.fleet.agent.wanted import Wanted
from pipeline.fleet.leases import RENEWALS
from pipeline.fleet.server.store import Store


class Hosting:
    """The cameras that one box hosts.

    Args:
        cameras: The cameras here.
        wanted: What is to run.
        holder: The leases of this box.
    """

    def __init__(self, cameras: Cameras, wanted: Wanted, holder: Holder) -> None:
        self._cameras, self._wanted, self._holder = cameras, wanted, holder
        self._started = asyncio.Event()
        """Set when a camera may wait for its lease."""

    async def keep_running(self, looked: Callable[[], None]) -> None:
        """Keep the cameras of the plan running without end, behind closed fences until their lease is taken.

        Args:
            looked: Called each time their states have been read.
        """
        while True:
            await pacing.until(self._wanted.changed, pacing.PLAN_S)
            planned = self._wanted.fresh(self._holder.ttl_s)
            room = self._cameras.capacity()
            # those it holds first
            held = self._holder.held_cameras
            chosen = sorted(planned, key=lambda name: (name not in held, name))[:room]
            ended = self._wanted.ended
            await self._cameras.want({name: planned[name] for name in chosen if name not in ended}, set(ended))
            self._wanted.note_stopped(ended)
            if ended:
                self._wanted.changed.set()
            self._started.set()
            await self._cameras.look()
            looked()

    async def take(self, store: Store) -> None:
        """Take the lease of each camera that waits here for it.

        Raises:
            Unreachable: The server does not answer.
        """
        held, ended = self._holder.held_cameras, self._wanted.ended
        waiting = sorted((self._cameras.running.keys() & self._wanted.planned.keys()) - held - ended)
        room = max(0, self._cameras.capacity() - len(held))
        await asyncio.gather(*(self._holder.take(store, f"lease.{camera}") for camera in waiting[:room]))
        if not waiting:
            await pacing.until(self._started, pacing.PLAN_S)

    async def follow_plan(self, store: Store) -> None:
        """Release leases of cameras that are no longer in the plan, and read it again.

        Raises:
            Unreachable: The server does not answer.
        """
        for camera in sorted(self._holder.held_cameras - self._wanted.planned.keys()):
            await self._release(store, camera)
        await pacing.until(self._wanted.outdated, store.ttl_s / RENEWALS)
        await self._wanted.read(store)

    async def _release(self, store: Store, camera: str) -> None:
        """Stop a camera in order, then release its lease."""
        self._wanted.end(camera)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pacing.STOP_S):
                while camera in self._cameras.running:
                    await asyncio.sleep(pacing.POLL_S / 2)
                # its last frame, which says that it has ended, is still on its way to the outputs
                await asyncio.sleep(pacing.LAST_S)
        await self._holder.release(store, f"lease.{camera}")
