"""The page shown for an unknown address, and what one with wrong values is answered."""

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response
from nicegui import Client, app, ui

from stages.web.malformed import tell_malformed
from stages.web.pages.layout import Tag, icon, page_of
from stages.web.site import Site


def add(site: Site) -> None:
    """Register the page."""
    tell_malformed(app)

    @app.exception_handler(404)
    async def absent(request: Request, exception: Exception) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse("this address does not exist\n", 404)
        with Client(ui.page(""), request=request) as client, page_of(site, request, "live", "404") as reader:
            with Tag("a", "back", href="/"):
                icon("arrow_back")
                Tag("span", text=reader("all_cameras"))
            Tag("h1", "empty big", reader("no_page"))
        return client.build_response(request, 404)
