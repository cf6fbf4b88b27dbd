"""Many requests at once over one connection to a NATS server.

The library's own way for this (`publish_async` of nats-py 2.16) may never end for a request.
"""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Request(NamedTuple):
    """A message to which the server answers."""

    subject: str
    content: bytes
    headers: Mapping[str, str]


class Requests:
    """Sends requests, and waits for all their answers.

    Args:
        client: A connected client of nats-py.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._inbox = ""
        self._numbers = itertools.count()
        self._waiting: dict[str, asyncio.Future[bytes]] = {}

    async def ask(self, requests: Sequence[Request], timeout_s: float) -> list[bytes | None]:
        """Return the answer to each request; None for one without.

        Raises:
            Exception: What the library raises for a broken connection.
        """
        if not self._inbox:
            self._inbox = self._client.new_inbox()
            await self._client.subscribe(f"{self._inbox}.*", cb=self._note)
        numbers = [f"{self._inbox}.{next(self._numbers)}" for _ in requests]
        loop = asyncio.get_running_loop()
        answers = {number: loop.create_future() for number in numbers}
        self._waiting |= answers
        try:
            for number, (subject, content, headers) in zip(numbers, requests, strict=True):
                await self._client.publish(subject, content, reply=number, headers=dict(headers))
            if answers:
                await asyncio.wait(answers.values(), timeout=timeout_s)
        finally:
            for number in numbers:
                del self._waiting[number]
        return [one.result() if one.done() else None for one in answers.values()]

    async def _note(self, message: Any) -> None:
        waiting = self._waiting.get(message.subject)
        if waiting and not waiting.done():
            waiting.set_result(message.data)
