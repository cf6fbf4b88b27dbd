"""The browser's own camera: its frames arrive by WebSocket and leave as the MJPEG stream of a network camera.

So it is processed like every camera: `[camera.me]` with `source = "http://127.0.0.1:8080/webcam.mjpg"` reads it, and
the pipeline, not the page, detects, classifies and draws faces.
"""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, WebSocket
from fastapi.responses import Response, StreamingResponse
from starlette.websockets import WebSocketDisconnect

from stages.web.live.mjpeg import MEDIA_TYPE, part

MOST_BYTES = 1 << 20
"""Maximum bytes of one frame; at 640x480 a frame has a twentieth of that."""
BUSY = 1013
"""Close code of RFC 6455's registry: try again later."""
REFUSED = 1008


class Relay:
    """Forwards each frame of the one sender to every reader; a slow reader gets the newest."""

    def __init__(self) -> None:
        self.sending = False
        """Whether a browser is sending its camera."""
        self._readers: set[asyncio.Queue[bytes]] = set()

    async def take(self, socket: WebSocket) -> None:
        """Receive a browser's frames until it disconnects; refuse a second browser meanwhile."""
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
            pass  # disconnected, or sent something other than a frame
        finally:
            self.sending = False

    async def give(self) -> AsyncIterator[bytes]:
        """Yield the frames as parts of an MJPEG stream; nothing while no browser sends."""
        newest: asyncio.Queue[bytes] = asyncio.Queue(1)
        self._readers.add(newest)
        try:
            while True:
                yield part(await newest.get())
        finally:
            self._readers.discard(newest)


def add_webcam(router: APIRouter, relay: Relay) -> None:
    """Add the routes of both ends to the server."""
    router.add_api_websocket_route("/webcam", relay.take)

    @router.get("/webcam.mjpg")
    def stream() -> Response:
        return StreamingResponse(relay.give(), media_type=MEDIA_TYPE)
