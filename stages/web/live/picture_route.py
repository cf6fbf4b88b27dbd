"""The WebSocket by which pages get the frames of cameras, one for each question."""

import asyncio
import contextlib
from typing import Any

import anyio
import msgspec
from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from stages.web.live.pictures import Picture
from stages.web.site import Site


class _Question(msgspec.Struct):
    """What a page asks for: `{"camera": NAME, "width": COLUMNS, "shown": COLUMNS ON THE SCREEN}`."""

    camera: str
    width: int
    shown: int = 0


_read_question = msgspec.json.Decoder(_Question).decode


async def show_pictures(socket: WebSocket, site: Site) -> None:
    """Answer each question for a camera with its next frame: length of name, name, JPEG."""
    await socket.accept()
    loop = asyncio.get_running_loop()
    outbox: asyncio.Queue[bytes] = asyncio.Queue()
    asked: dict[str, Any] = {}

    def ask(camera: str, width: int, shown: int) -> None:
        def ready(picture: Picture) -> None:
            head = camera.encode()
            loop.call_soon_threadsafe(send, bytes([len(head)]) + head + picture.jpeg)

        def send(message: bytes) -> None:
            asked.pop(camera, None)
            outbox.put_nowait(message)

        asked[camera] = ready
        site.pictures.ask(camera, width, ready, shown)

    async def listen() -> None:
        try:
            while True:
                question = _read_question(await socket.receive_text())
                # one at a time: for a slow viewer only one frame of each camera is pending
                if question.camera not in asked and question.camera in site.board.names():
                    ask(question.camera, question.width, question.shown)
        except WebSocketDisconnect:
            pass
        except (KeyError, RecursionError, msgspec.MsgspecError):  # bytes, or not this question
            await socket.close(1003)

    async def speak() -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # the viewer has disconnected; `listen` ends both
            while True:
                await socket.send_bytes(await outbox.get())

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(speak)
            await listen()
            tasks.cancel_scope.cancel()
    finally:
        for ready in asked.values():
            site.pictures.forget(ready)
