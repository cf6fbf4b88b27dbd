"""Publishes messages into a stream of a NATS server: keeps them while it is away, drops and counts those it refuses."""

import asyncio
import contextlib
import logging
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import InputError
from pipeline.transport.nats.server import NatsServer, connect, describe, disconnect
from stages.nats.queue import MOST_WAITING, Message, Queue

WINDOW = 256
"""Maximum messages in flight."""
CONFIRM_S = 5.0
"""Seconds to wait for a confirmation before the connection counts as broken."""
RETRY_S = 0.5, 10.0
"""Seconds before the first and the slowest retry; the pause doubles in between."""
LINGER_S = 2.0
"""Seconds to wait for messages in flight when the program ends."""
DUPLICATES_S = 120.0
"""Seconds for which a new stream remembers the messages it has stored, so that one sent twice is stored once."""
_DENIED = re.compile(r'permissions violation for publish to "?([^"\s]+)', re.IGNORECASE)

log = logging.getLogger(__name__)


class _NoStream(Exception):
    """The stream cannot take the messages; the text says why."""


@dataclass(frozen=True, kw_only=True)
class StreamTerms:
    """The stream to publish into, and how it is made if there is none.

    Attributes:
        name: Its name.
        subjects: Subjects it must store.
        keep_s: Seconds for which a new stream keeps messages; 0: for ever.
    """

    name: str
    subjects: tuple[str, ...]
    keep_s: float


class Sender:
    """Publishes in its own thread, in order and at least once, whenever the server can be reached.

    Args:
        server: The server.
        stream: The stream.
        most: Maximum messages that wait.
    """

    def __init__(self, server: NatsServer, stream: StreamTerms, most: int = MOST_WAITING) -> None:
        self.refused = 0
        """Number of messages that the server refused."""
        self.connected = False
        """Whether the stream can be written."""
        self._server, self._stream = server, stream
        self._queue = Queue(most)
        self._denied: set[str] = set()
        self._logged: set[str] = set()
        self._last = ""
        self._loop = asyncio.new_event_loop()
        self._more = asyncio.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="nats")
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether its thread is running."""
        return self._thread.is_alive()

    @property
    def undelivered(self) -> int:
        """Number of messages that the server has not confirmed."""
        return len(self._queue)

    def send(self, message: Message) -> bool:
        """Send a message, or keep it until it can be sent; return False if the queue was full and lost its oldest."""
        kept = self._queue.put(message)
        self._wake()
        return kept

    def close(self) -> int:
        """Wait `LINGER_S` for messages in flight, disconnect, and return how many were not delivered."""
        end_s = time.monotonic() + LINGER_S
        while self.undelivered and self.connected and self.alive and time.monotonic() < end_s:
            time.sleep(0.01)
        left = self.undelivered
        self._closing = True
        self._wake()
        self._thread.join(LINGER_S)
        return left

    def _wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._more.set)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._stay_connected())
        finally:
            self._loop.close()

    async def _stay_connected(self) -> None:
        wait_s = RETRY_S[0]
        name = f"the NATS server {self._server.name}"
        while not self._closing:
            try:
                client, broken = await connect(self._server, self._note, "emobot output")
            except InputError as error:
                self._say(logging.WARNING, f"{name} cannot be reached ({error}); messages are kept")
            else:
                try:
                    context = client.jetstream(timeout=CONFIRM_S)
                    await self._find_stream(context)
                    self.connected, wait_s = True, RETRY_S[0]
                    self._say(logging.INFO, f"publishing to the stream {self._stream.name} of {name}")
                    await self._publish_until(broken, context)
                    if not self._closing:
                        self._say(logging.WARNING, f"{name} has disconnected; messages are kept")
                except _NoStream as error:
                    self._say(logging.WARNING, f"{name}: {error}; messages are kept")
                finally:
                    self.connected = False
                    await disconnect(client)
            if not self._closing:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closed(), wait_s)
                wait_s = min(2 * wait_s, RETRY_S[1])

    async def _closed(self) -> None:
        while not self._closing:
            self._more.clear()
            await self._more.wait()

    async def _find_stream(self, context: Any) -> None:
        """Make the stream if there is none.

        Raises:
            _NoStream: The server keeps no streams, or the stream has other subjects.
        """
        from nats.js.api import RetentionPolicy, StorageType, StreamConfig
        from nats.js.errors import NotFoundError

        wanted = StreamConfig(
            name=self._stream.name,
            subjects=[*self._stream.subjects],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            max_age=self._stream.keep_s,
            duplicate_window=min(DUPLICATES_S, self._stream.keep_s or DUPLICATES_S),
        )
        try:
            try:
                found = await context.stream_info(self._stream.name)
            except NotFoundError:
                await context.add_stream(wanted)
                return
        except Exception as error:  # the library raises what JSON and its server's answer cause
            raise _NoStream(f"expected the stream {self._stream.name}, found: {describe(error)}") from error
        if missing := {*self._stream.subjects} - {*(found.config.subjects or ())}:
            subjects = ", ".join(sorted(missing))
            raise _NoStream(f"expected a stream {self._stream.name} with {subjects}, found one without")

    async def _publish_until(self, broken: asyncio.Event, context: Any) -> None:
        """Publish what waits until the connection breaks or this object is closed.

        Raises:
            _NoStream: The stream takes no messages now.
        """
        gone = asyncio.ensure_future(broken.wait())
        try:
            while not (self._closing or broken.is_set()):
                self._more.clear()
                if not (messages := self._queue.take(WINDOW)):
                    more = asyncio.ensure_future(self._more.wait())
                    await asyncio.wait((more, gone), return_when=asyncio.FIRST_COMPLETED)
                    more.cancel()
                    continue
                tasks = [asyncio.ensure_future(publish(context, one)) for one in messages]
                try:
                    # the library does not end what waits for an answer over a broken connection
                    confirmed = asyncio.ensure_future(asyncio.wait(tasks))
                    await asyncio.wait((confirmed, gone), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    answers = [_answer(task) for task in tasks]
                    left = self._unconfirmed(messages, answers)
                    self._queue.settle(left)
                if why := next((text for one in answers if (text := _busy(one))), ""):
                    raise _NoStream(why)
                if left:
                    return
        finally:
            gone.cancel()

    def _unconfirmed(self, messages: Sequence[Message], answers: Sequence[BaseException | None]) -> list[Message]:
        """Return the messages to send again; those that were refused are counted."""
        again = []
        for message, answer in zip(messages, answers, strict=True):
            if answer is None:
                continue
            if _is_refusal(answer) or message.subject.lower() in self._denied:
                self._refuse(message, describe(answer) if isinstance(answer, Exception) else "")
            else:
                again.append(message)
        return again

    def _refuse(self, message: Message, why: str) -> None:
        self.refused += 1
        if message.subject not in self._logged:
            self._logged.add(message.subject)
            log.warning("the NATS server refuses %s: %s; such messages are dropped", message.subject, why)

    def _note(self, text: str) -> None:
        if found := _DENIED.search(text):
            self._denied.add(found[1].lower())
        self._say(logging.WARNING, f"the NATS server {self._server.name}: {text}")

    def _say(self, level: int, text: str) -> None:
        """Log changes, not each attempt."""
        if text != self._last:
            self._last = text
            log.log(level, "%s", text)


async def publish(context: Any, message: Message) -> None:
    """Publish a message, and wait until it is stored.

    Raises:
        Exception: What the library raises for a broken connection, or for a refusal.
    """
    await context.publish(message.subject, message.payload, headers={"Nats-Msg-Id": message.number})


def _answer(task: "asyncio.Future[None]") -> BaseException | None:
    """Return what came of publishing a message; None if it was confirmed."""
    if not task.done():
        task.cancel()
        return TimeoutError()
    return asyncio.CancelledError() if task.cancelled() else task.exception()


def _is_refusal(error: BaseException) -> bool:
    """Return whether the server, or the library for it, refuses this very message: sent again it fares no better."""
    from nats.errors import MaxPayloadError
    from nats.js.errors import APIError, NoStreamResponseError

    if isinstance(error, MaxPayloadError):
        return True
    return isinstance(error, APIError) and not isinstance(error, NoStreamResponseError) and (error.code or 500) < 500


def _busy(error: BaseException | None) -> str:
    """Return why the stream takes no messages now; empty if it does, or if the connection is the reason."""
    from nats.js.errors import APIError, NoStreamResponseError

    if isinstance(error, NoStreamResponseError):
        return "no stream takes the messages"
    if isinstance(error, APIError) and not _is_refusal(error):
        return describe(error)
    return ""
