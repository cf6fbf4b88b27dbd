"""The endpoint for monitoring: `/metrics` for Prometheus, `/healthz` and `/readyz` for service managers."""

import threading
from collections.abc import Callable, Iterable
from typing import Any, cast
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app
from prometheus_client.registry import Collector, CollectorRegistry

from pipeline.errors import ConfigError


class Health:
    """Serves until closed, in a thread of its own.

    Args:
        listen: `address:port`.
        collector: Sums up the metrics of all processes.
        healthy: Returns whether the supervisor's loop runs.
        ready: Returns whether every process is up.

    Raises:
        ConfigError: The address is malformed or in use.
    """

    def __init__(
        self, listen: str, collector: Collector, healthy: Callable[[], bool], ready: Callable[[], bool]
    ) -> None:
        registry = CollectorRegistry()
        registry.register(collector)
        metrics = make_wsgi_app(registry)

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            checks = {"/healthz": healthy, "/readyz": ready}
            path = environ["PATH_INFO"]
            if path == "/metrics":
                return cast(Iterable[bytes], metrics(environ, start_response))
            good = path in checks and checks[path]()
            status = "200 OK" if good else "503 Service Unavailable" if path in checks else "404 Not Found"
            start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
            return [b"ok\n" if good else status.encode() + b"\n"]

        host, _, port = listen.rpartition(":")
        try:
            self._server = make_server(host.strip("[]"), int(port), answer, handler_class=_QuietHandler)
        except (OSError, ValueError, OverflowError) as error:
            raise ConfigError(f"[metrics] listen: expected a free address:port, found {listen!r}: {error}") from error
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _QuietHandler(WSGIRequestHandler):
    timeout = 5.0
    """Seconds a client may take for its request; the server answers one at a time."""

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: Prometheus sends a request every few seconds."""
