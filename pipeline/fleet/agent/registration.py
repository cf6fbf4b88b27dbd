"""What a box says of itself: its record, under its name."""

import asyncio

from msgspec.structs import replace

from pipeline.fleet.agent.cameras import Cameras
from pipeline.fleet.agent.holder import Holder
from pipeline.fleet.clock import ServerClock
from pipeline.fleet.records import Box
from pipeline.fleet.server.answers import Unreachable
from pipeline.fleet.server.store import Store


class NameTaken(Unreachable):
    """Another box has this box's name."""


class Registration:
    """The record of one box.

    Args:
        box: Its name.
        page: Address of its page.
        holder: Its leases, of which this record is one.
        cameras: The cameras here.
        clock: The server's clock.

    Attributes:
        key: The record's name.
        changed: Set when the record has changed and has to be stored.
    """

    def __init__(self, box: str, page: str, holder: Holder, cameras: Cameras, clock: ServerClock) -> None:
        self._box, self._page, self._holder, self._cameras, self._clock = box, page, holder, cameras, clock
        self._told: Box | None = None
        self.key = f"box.{box}"
        self.changed = asyncio.Event()

    @property
    def registered(self) -> bool:
        """Return whether the server has the record."""
        return self.key in self._holder.held

    async def register(self, store: Store) -> None:
        """Store the record, unless another box has its name.

        Raises:
            NameTaken: Another box has the name.
            Unreachable: The server does not answer.
        """
        if not self.registered and not await self._holder.take(store, self.key, self.record()):
            raise NameTaken(
                f"expected a box name of this machine alone, found another box {self._box}, or this one before its"
                f" restart: trying again until its record is forgotten ({store.ttl_s:g} s)"
            )

    def record(self) -> Box:
        """Return what the record has to say now."""
        held, offset = self._holder.held_cameras, self._clock.offset
        return Box(
            session=self._holder.lease.session,
            capacity=self._cameras.capacity(),
            holds=tuple(sorted(held)),
            ready=tuple(sorted(self._cameras.ready - held)),
            refuses=dict(self._cameras.refused),
            states=dict(self._cameras.states),
            page=self._page,
            clock_s=offset.seconds if offset else None,
            clock_error_s=offset.error_s if offset else 0.0,
            clocks=dict(self._cameras.clocks),
        )

    def has_news(self) -> bool:
        """Return whether the record has changed by more than clocks, which never stand still."""
        return self._told is None or _essence(self.record()) != _essence(self._told)

    def note_told(self) -> None:
        """Note that what it says now is stored."""
        self._told = self.record()


def _essence(record: Box) -> Box:
    return replace(record, clock_s=None, clock_error_s=0.0, clocks={})
