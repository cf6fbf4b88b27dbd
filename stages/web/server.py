"""The HTTP server, in a thread of the sink's process."""

import asyncio
import logging
import socket
import ssl
import threading

import uvicorn
from fastapi import FastAPI
from nicegui import ui

from stages.web import pages, routes
from stages.web.access import login
from stages.web.access.guard import Guard
from stages.web.control.api import create_api
from stages.web.site import Site

STOP_S = 3.0


class Server:
    """Serves a site until closed. NiceGUI has one application per process, so there can only be one server.

    Args:
        site: The site.
        listener: The socket to listen on.
        names: Host names it accepts beside `localhost` and addresses.
        tls: Encrypts the connections; None for http.
    """

    def __init__(
        self, site: Site, listener: socket.socket, names: frozenset[str], tls: ssl.SSLContext | None = None
    ) -> None:
        app = FastAPI(title="Emobot", docs_url=None, redoc_url=None, openapi_url=None)
        routes.add_routes(app, site)
        login.add_routes(app, site)
        if site.control:
            app.mount("/api", create_api(site.control, site.board, site.counters))
        pages.add_pages(site)
        ui.run_with(
            app,
            title="Emobot",
            favicon=routes.ASSETS / "icon.svg",
            dark=None,
            tailwind=False,
            show_welcome_message=False,
            binding_refresh_interval=None,
            message_history_length=100,
        )
        config = uvicorn.Config(
            Guard(app, site.door, names, site.cookie),
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            # frames are compressed already: compressing again took three quarters of the time
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=1,
            ssl_context_factory=(lambda *_: tls) if tls else None,
        )
        logging.getLogger("nicegui").setLevel(logging.ERROR)  # it warns about every page that is not found
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        self._server = uvicorn.Server(config)
        self._listener = listener
        self._thread = threading.Thread(target=self._run, daemon=True, name="web")
        self._thread.start()

    def close(self) -> None:
        """Disconnect the viewers and release the port."""
        self._server.should_exit = True
        self._thread.join(STOP_S)
        self._listener.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve([self._listener]))
