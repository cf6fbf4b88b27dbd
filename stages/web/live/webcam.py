"""The browser's own camera: its pictures come by WebSocket and leave as the MJPEG stream of a network camera.

So they go the way of every camera: `[camera.me]` with `source = "http://127.0.0.1:8080/webcam.mjpg"` reads them, and
whoever is in them is found, classified and drawn by the pipeline, not by the page.
"""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, WebSocket
from fastapi.responses import Response, StreamingResponse
from starlette.websockets import WebSocketDisconnect

from stages.web.live.mjpeg import MEDIA_TYPE, part

MOST_BYTES = 1 << 20
"""Of one picture; at 640x480 they have a twentieth of that."""
BUSY = 1013
"""Close code of RFC 6455's registry: try again later."""
REFUSED = 1008


class Relay:
    """Hands each picture of the one sender to every reader; who is slow gets the newest."""

    def __init__(self) -> None:
        self.sending = False
        """Whether a browser sends its camera now."""
        self._readers: set[asyncio.Queue[bytes]] = set()

    async def take(self, socket: WebSocket) -> None:
        """Take a browser's pictures until it goes; a second one at the same time is sent away."""
        await socket.accept()
        if self.sending:
            await socket.close(BUSY)
            return
        self.sending = True
        try:
            while True:
                jpeg = await socket.receive_bytes()
                if len(jpeg) > MOST_BYTES or not jpeg.startswith(b"\xff\xd8\xff"):
                    await socket.close(REFUSED)
                    return
                for reader in self._readers:
                    if reader.full():
                        reader.get_nowait()
                    reader.put_nowait(jpeg)
        except (WebSocketDisconnect, KeyError):
            pass  # gone, or something that was no picture
        finally:
            self.sending = False

    async def give(self) -> AsyncIterator[bytes]:
        """Yield the pictures as parts of an MJPEG stream; while nobody sends, nothing."""
        newest: asyncio.Queue[bytes] = asyncio.Queue(1)
        self._readers.add(newest)
        try:
            while True:
                yield part(await newest.get())
        finally:
            self._readers.discard(newest)


def add_webcam(router: APIRouter, relay: Relay) -> None:
    """Add both ends to the server's addresses."""
    router.add_api_websocket_route("/webcam", relay.take)

    @router.get("/webcam.mjpg")
    def stream() -> Response:
        return StreamingResponse(relay.give(), media_type=MEDIA_TYPE)
