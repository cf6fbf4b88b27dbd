"""Which box leads the fleet: the one that has the lease `leader`."""

import asyncio
import logging
import random

from pipeline.fleet.agent import pacing
from pipeline.fleet.agent.holder import Holder
from pipeline.fleet.agent.notices import Notices
from pipeline.fleet.leader import Leader
from pipeline.fleet.server.answers import Refused
from pipeline.fleet.server.store import Store
from pipeline.transport.fence import now_ns

LEADER = "leader"

log = logging.getLogger("emobot")


class Election:
    """One box's part in the election.

    Args:
        box: Its name.
        holder: Its leases.
        notices: Its log.

    Attributes:
        is_leader: Whether this box leads the fleet.
    """

    def __init__(self, box: str, holder: Holder, notices: Notices) -> None:
        self._box, self._holder, self._notices = box, holder, notices
        self._heard_ns = 0
        self._resigned = asyncio.Event()
        self.is_leader = False

    async def listen(self, store: Store) -> None:
        """Hear the leader's renewals over a new connection.

        Raises:
            Unreachable: The server does not answer.
        """
        self._heard_ns = 0
        await store.listen(f"{store.leases.prefix}{LEADER}", self._hear)

    async def lead(self, store: Store) -> None:
        """Wait until nobody else leads; lead if elected, until the lease is over.

        Raises:
            Unreachable: The server does not answer.
        """
        while (wait_s := (self._heard_ns - now_ns()) / 1e9 + store.ttl_s) > 0 and not self._holder.holds(LEADER):
            await pacing.until(self._resigned, wait_s)
        await asyncio.sleep(random.random() * pacing.POLL_S)
        if await self._is_elected(store):
            self.is_leader = True
            log.info("fleet: %s leads the fleet", self._box)
            try:
                await Leader(store, lambda: self._holder.holds(LEADER)).lead()
            except Refused as error:
                self._notices.warn(f"leading ended: {error}")
            finally:
                self.is_leader = False
            await self._holder.release(store, LEADER)
        await asyncio.sleep(2 * pacing.POLL_S)

    def _hear(self, subject: str, content: bytes) -> None:
        """Note a renewal of the leader; without content it has resigned."""
        self._heard_ns = now_ns() if content else 0
        if not content:
            self._resigned.set()

    async def _is_elected(self, store: Store) -> bool:
        if self._holder.holds(LEADER):
            return True  # since before the connection broke
        if await store.leases.get(LEADER) is not None:
            return False
        try:
            await self._holder.create(store, LEADER)
        except Refused:
            return False
        return True
