"""The routes of snapshots and clips of a camera; absent if the page may not change the run."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from pipeline.errors import EmobotError
from stages.media.encoders import choose_encoder
from stages.web.control.control import Control, stage_values
from stages.web.live.clips import CLIP_S, Busy, Clip, Clips
from stages.web.live.pictures import Picture
from stages.web.site import Site
from stages.web.visitor import Reader

WAIT_S = 3.0
"""Seconds to wait for a frame."""
SNAPSHOT_EVERY_S = 0.5
"""Seconds between two snapshots of a page; encoding a full frame needs 8 ms."""
LOOK_S = 0.1
"""Seconds between two looks at whether a clip has its length, or nobody wants it any more."""


def add_capture(router: APIRouter, site: Site, clips: Clips, control: Control) -> None:
    """Add the routes to the server."""
    last = 0.0

    @router.post("/cameras/{name}/snapshot")
    async def snapshot(request: Request, name: str) -> Response:
        """Return the camera's next frame, in full size, as JPEG."""
        nonlocal last
        reader = Reader.of(request, site)
        if site.now(name) is None:
            return _refused(reader("unknown_camera"), 404)
        now = time.monotonic()
        if now - last < SNAPSHOT_EVERY_S:
            return _refused(reader("capture_busy"), 429, 1)
        last = now
        jpeg = await _next_frame(site, name)
        return _file(jpeg, "image/jpeg", name, "jpg") if jpeg else _refused(reader("capture_nothing"), 409)

    @router.post("/cameras/{name}/clip")
    async def clip(request: Request, name: str) -> Response:
        """Return the camera's next ten seconds as MP4; nothing if the drawing of frames has changed meanwhile."""
        reader = Reader.of(request, site)
        if site.now(name) is None:
            return _refused(reader("unknown_camera"), 404)
        try:
            await anyio.to_thread.run_sync(choose_encoder)
            drawn = await anyio.to_thread.run_sync(_drawing, control)
            making = clips.begin(name)
            try:
                await _follow(request, making)
            finally:
                with anyio.CancelScope(shield=True):
                    content = await anyio.to_thread.run_sync(clips.end, making)
            # an applied change of what is hidden holds for every frame that leaves
            unchanged = drawn == await anyio.to_thread.run_sync(_drawing, control)
        except Busy:
            return _refused(reader("clip_busy"), 429, round(CLIP_S))
        except EmobotError as error:
            return _refused(reader("clip_failed", why=str(error)), 503)
        if not unchanged:
            return _refused(reader("clip_redrawn"), 409)
        return _file(content, "video/mp4", name, "mp4") if content else _refused(reader("capture_nothing"), 409)


async def _next_frame(site: Site, name: str) -> bytes:
    """Return the camera's next frame as JPEG; empty if none comes."""
    loop = asyncio.get_running_loop()
    coming: asyncio.Future[bytes] = loop.create_future()

    def ready(picture: Picture) -> None:
        loop.call_soon_threadsafe(lambda: None if coming.done() else coming.set_result(picture.jpeg))

    site.pictures.ask(name, 0, ready)
    try:
        return await asyncio.wait_for(coming, WAIT_S)
    except TimeoutError:
        return b""
    finally:
        site.pictures.forget(ready)


async def _follow(request: Request, making: Clip) -> None:
    """Wait until a clip has its length, its camera stops, or its reader has gone."""
    frames, heard = 0, time.monotonic()
    while not making.full and time.monotonic() - heard < WAIT_S and not await request.is_disconnected():
        await asyncio.sleep(LOOK_S)
        if making.frames != frames:
            frames, heard = making.frames, time.monotonic()


def _drawing(control: Control) -> Mapping[str, Any]:
    """Return how frames are drawn."""
    return stage_values(control.run.ask()).get("overlay", {})


def _file(content: bytes, kind: str, name: str, suffix: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{name}-{time.strftime("%Y%m%d-%H%M%S")}.{suffix}"',
        # neither the browser nor a proxy may cache faces
        "cache-control": "no-store",
    }
    return Response(content, media_type=kind, headers=headers)


def _refused(text: str, status: int, retry_s: int = 0) -> Response:
    return JSONResponse({"error": text}, status, {"retry-after": str(retry_s)} if retry_s else None)
