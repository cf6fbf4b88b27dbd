"""The route of one person's picture; absent if individuals are not shown."""

import asyncio

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from stages.web.live.portraits import Portraits

WAIT_S = 2.0
"""Seconds to wait for the person to be in view."""


def add_portraits(router: APIRouter, portraits: Portraits) -> None:
    """Add the route to the server."""

    @router.get("/cameras/{name}/people/{person}.jpg")
    async def portrait(name: str, person: int) -> Response:
        loop = asyncio.get_running_loop()
        coming: asyncio.Future[bytes] = loop.create_future()

        def ready(jpeg: bytes) -> None:
            loop.call_soon_threadsafe(lambda: None if coming.done() else coming.set_result(jpeg))

        portraits.ask(name, person, ready)
        try:
            jpeg = await asyncio.wait_for(coming, WAIT_S)
        except TimeoutError:
            return PlainTextResponse("no person of that number is in view\n", 404)
        finally:
            portraits.forget(ready)
        # neither the browser nor a proxy may cache faces
        return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})
