"""A real NATS server, and its messages."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.support.ports import free_port
from tests.support.waiting import until

NATS_SERVER = shutil.which("nats-server", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
SECONDS = 20.0
"""Longer than anything here takes."""


class NatsServer:
    """A server that can be stopped and started again, with its streams.

    Args:
        folder: For its config and its streams.
        settings: Lines of its config.
        jetstream: Whether it keeps streams.
    """

    def __init__(self, folder: Path, *settings: str, jetstream: bool = True) -> None:
        self.port = free_port()
        self._ports = folder / "ports"
        self._ports.mkdir(exist_ok=True)
        streams = f'jetstream {{ store_dir: "{folder}/streams" }}\n' if jetstream else ""
        self._config = folder / "nats.conf"
        self._config.write_text(
            f'listen: "127.0.0.1:{self.port}"\nports_file_dir: "{self._ports}"\n{streams}' + "\n".join(settings) + "\n"
        )
        self._log = folder / "nats.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it can be reached."""
        assert NATS_SERVER
        with self._log.open("a") as log:
            process = self.process = subprocess.Popen([NATS_SERVER, "-c", self._config], stdout=log, stderr=log)
        until(lambda: process.poll() is not None or list(self._ports.iterdir()), seconds=SECONDS)
        assert process.poll() is None, self.log()

    def stop(self) -> None:
        """Stop it; it keeps its streams."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(SECONDS)
            self.process = None
        for file in self._ports.iterdir():
            file.unlink()

    def log(self) -> str:
        """Return what it has logged."""
        return self._log.read_text()

    def stored(self, stream: str = "EMOBOT") -> list[tuple[str, bytes]]:
        """Return subject and content of each message of a stream, in order."""
        return asyncio.run(self._stored(stream))

    def consumers(self, stream: str = "EMOBOT") -> int:
        """Return how many read a stream."""
        return asyncio.run(self._consumers(stream))

    async def _consumers(self, stream: str) -> int:
        import nats

        client = await nats.connect(self.url)
        try:
            context: Any = client.jetstream()
            return int((await context.stream_info(stream)).state.consumer_count)
        finally:
            await client.close()

    async def _stored(self, stream: str) -> list[tuple[str, bytes]]:
        import nats
        from nats.js.errors import NotFoundError

        client = await nats.connect(self.url)
        try:
            context: Any = client.jetstream()
            try:
                state = (await context.stream_info(stream)).state
            except NotFoundError:
                return []
            # an empty stream begins at 0, which no message has
            numbers = range(max(1, state.first_seq), state.last_seq + 1)
            found = [await context.get_msg(stream, n) for n in numbers]
            return [(one.subject, one.data) for one in found if one.data is not None]
        finally:
            await client.close()
