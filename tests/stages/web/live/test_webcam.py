"""A browser's camera becomes the stream of a network camera."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.websockets import WebSocketDisconnect

from stages.web.live.mjpeg import part
from stages.web.live.webcam import BUSY, REFUSED, Relay


class Socket:
    """A browser that sends what it was given, then waits, or goes when it was given None."""

    def __init__(self) -> None:
        self.code: int | None = None
        self.sent: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def accept(self) -> None:
        """Do nothing."""

    async def close(self, code: int) -> None:
        """Note the code."""
        self.code = code

    async def receive_bytes(self) -> bytes:
        """Return the next picture."""
        sent = await self.sent.get()
        if sent is None:
            raise WebSocketDisconnect
        return sent


def jpeg(n: int) -> bytes:
    return b"\xff\xd8\xff" + bytes([n])


async def begin(relay: Relay, socket: Any) -> "asyncio.Task[None]":
    task = asyncio.create_task(relay.take(socket))
    await asyncio.sleep(0)
    return task


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_pictures_reach_the_readers_and_the_newest_wins() -> None:
    """A reader that waits gets each frame; a slow one gets only the newest."""

    async def play() -> None:
        relay, browser = Relay(), Socket()
        sender = await begin(relay, browser)
        stream: AsyncIterator[bytes] = relay.give()
        first = asyncio.ensure_future(anext(stream))
        await settle()
        browser.sent.put_nowait(jpeg(1))
        assert await first == part(jpeg(1))
        for n in (2, 3, 4):
            browser.sent.put_nowait(jpeg(n))
        await settle()
        assert await anext(stream) == part(jpeg(4))
        browser.sent.put_nowait(None)
        await sender

    asyncio.run(play())


def test_one_browser_at_a_time() -> None:
    """A second one is sent away; when the first has gone another may come."""

    async def play() -> None:
        relay, first, second, third = Relay(), Socket(), Socket(), Socket()
        sender = await begin(relay, first)
        await (await begin(relay, second))
        assert second.code == BUSY
        first.sent.put_nowait(None)
        await sender
        later = await begin(relay, third)
        await settle()
        assert third.code is None
        third.sent.put_nowait(None)
        await later

    asyncio.run(play())


def test_what_is_no_picture_is_refused() -> None:
    """Other bytes, and pictures that are far too large, end the connection and reach nobody."""

    async def play(sent: bytes) -> int | None:
        relay, browser = Relay(), Socket()
        sender = await begin(relay, browser)
        browser.sent.put_nowait(sent)
        await sender
        return browser.code

    assert asyncio.run(play(b"GIF89a")) == REFUSED
    assert asyncio.run(play(jpeg(1) + bytes(1 << 20))) == REFUSED
