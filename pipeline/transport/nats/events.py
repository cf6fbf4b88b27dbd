"""Reads events from a stream of a NATS server: those of all boxes, live or from a time in the past."""

import asyncio
import datetime
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from pipeline.errors import InputError
from pipeline.events import AnyEvent
from pipeline.transport.nats.server import NatsServer, connect, describe, disconnect

RETRY_S = 1.0
"""Seconds between attempts to connect again."""
_JSON = msgspec.json.Decoder(AnyEvent)
_MSGPACK = msgspec.msgpack.Decoder(AnyEvent)


class Stored(NamedTuple):
    """An event from a stream."""

    box: str
    subject: str
    event: AnyEvent


class NatsReader:
    """Yields the events of a stream, in the order in which the server stored them.

    It connects again after the connection was lost, and resumes behind the last event.

    Args:
        server: The server.
        stream: The stream's name.
        topic: Start of the subjects to read, such as `emotion.shop-12`.
        since: Time of the first event, UNIX seconds; None: only new ones.
        timeout_s: Seconds without events after which it stops; None: never.
    """

    def __init__(
        self,
        server: NatsServer,
        stream: str = "EMOBOT",
        topic: str = "",
        since: float | None = None,
        timeout_s: float | None = None,
    ) -> None:
        self.refused = 0
        """Number of messages that hold no event of this version."""
        self._server, self._stream, self._topic = server, stream, topic
        self._since, self._timeout_s = since, timeout_s
        self._last: int | None = None
        """Number of the last event in the stream that was read, or was there at the beginning."""
        self._created: datetime.datetime | None = None
        """When the stream was made."""

    def __iter__(self) -> Iterator[Stored]:
        """Yield events until `timeout_s` passes without one.

        Raises:
            InputError: The server cannot be reached at first, or has no such stream.
        """
        with asyncio.Runner() as runner:
            messages = self._messages()
            try:
                runner.run(anext(messages))  # connected: from here on silence counts
                while True:
                    try:
                        subject, payload = runner.run(asyncio.wait_for(anext(messages), self._timeout_s))
                    except (TimeoutError, StopAsyncIteration):
                        return
                    if subject.startswith(self._topic) and (event := self._decode(payload)) is not None:
                        yield Stored(subject.split(".")[1], subject, event)
            finally:
                runner.run(messages.aclose())

    def _decode(self, payload: bytes) -> AnyEvent | None:
        try:
            event: AnyEvent = (_JSON if payload[:1] == b"{" else _MSGPACK).decode(payload)
        except msgspec.MsgspecError:
            self.refused += 1
            return None
        return event

    async def _messages(self) -> Any:
        from nats.errors import TimeoutError as NoMessage

        reached = False
        while True:
            try:
                client, broken = await connect(self._server, lambda text: None, "emobot events")
            except InputError as error:
                if not reached:
                    raise InputError(f"expected a NATS server, found none at {self._server.name}: {error}") from error
                await asyncio.sleep(RETRY_S)
                continue
            try:
                try:
                    subscription = await self._subscribe(client.jetstream())
                except InputError:
                    if not reached:
                        raise
                    # a server that has just started may not have opened its streams, or have lost them
                    await asyncio.sleep(RETRY_S)
                    continue
                if not reached:
                    reached = True
                    yield "", b""
                while not broken.is_set():
                    try:
                        message = await subscription.next_msg(timeout=RETRY_S)
                    except NoMessage:
                        continue
                    except Exception as error:  # the connection broke; the library raises many kinds
                        if broken.is_set() or client.is_closed:
                            break
                        raise InputError(
                            f"expected events from {self._server.name}, found {describe(error)}"
                        ) from error
                    self._last = message.metadata.sequence.stream
                    yield message.subject, message.data
            finally:
                await disconnect(client)

    async def _subscribe(self, context: Any) -> Any:
        from nats.js.api import ConsumerConfig, DeliverPolicy

        try:
            info = await context.stream_info(self._stream)
            if self._created is None and self._since is None:
                self._last = info.state.last_seq
            elif self._last is not None and info.created != self._created:
                self._last = 0  # it was made again, with new numbers
            self._created = info.created
            config = ConsumerConfig()
            if self._last is not None:
                config.deliver_policy, config.opt_start_seq = DeliverPolicy.BY_START_SEQUENCE, self._last + 1
            elif self._since is not None:
                at = datetime.datetime.fromtimestamp(self._since, datetime.UTC)
                config.deliver_policy, config.opt_start_time = DeliverPolicy.BY_START_TIME, at
            return await context.subscribe(
                ">", stream=self._stream, config=config, ordered_consumer=True, deliver_policy=config.deliver_policy
            )
        except Exception as error:  # the library raises what its server's answer causes
            raise InputError(
                f"expected a stream {self._stream} at {self._server.name}, found: {describe(error)}"
            ) from error
