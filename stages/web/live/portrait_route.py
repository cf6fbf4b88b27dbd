"""The address of one person's picture; there is none where people are not shown one by one."""

import asyncio

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from stages.web.live.portraits import Portraits

WAIT_S = 2.0
"""How long it is waited for a person to be seen."""


def add_portraits(router: APIRouter, portraits: Portraits) -> None:
    """Add it to the server's addresses."""

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
            return PlainTextResponse("nobody of that number is seen\n", 404)
        finally:
            portraits.forget(ready)
        # faces are left neither in the browser's cache nor in that of a proxy
        return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})
