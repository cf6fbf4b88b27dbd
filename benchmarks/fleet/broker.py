"""A NATS server of the distribution, with its own numbers."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from urllib.request import urlopen

import msgspec
import psutil

from pipeline.errors import EmobotError, MissingPart

START_S = 10.0
"""Seconds to wait for the server's start."""


class Reading(NamedTuple):
    """What a server has done until a time."""

    at_s: float
    cpu_s: float
    messages_in: int
    messages_out: int
    memory_mib: float


class Broker:
    """A server on loopback, in a folder of its own."""

    def __init__(self) -> None:
        found = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin")
        if not found:
            raise MissingPart("expected nats-server, found none: apt-get install nats-server")
        self._folder = Path(tempfile.mkdtemp(prefix="emobot-bench-"))
        ports = self._folder / "ports"
        ports.mkdir()
        config = self._folder / "nats.conf"
        config.write_text(
            f'listen: "127.0.0.1:-1"\nhttp: "127.0.0.1:-1"\nports_file_dir: "{ports}"\n'
            f'jetstream {{ store_dir: "{self._folder}/streams" }}\nmax_connections: 65536\n',
            encoding="utf-8",
        )
        log = (self._folder / "log").open("w", encoding="utf-8")
        with log:
            self._process = subprocess.Popen([found, "-c", config], stdout=log, stderr=log)
        end_s = time.monotonic() + START_S
        while not (files := [*ports.iterdir()]):
            if self._process.poll() is not None or time.monotonic() > end_s:
                raise EmobotError(
                    f"expected nats-server to start, found {(self._folder / 'log').read_text(encoding='utf-8')[-500:]}"
                )
            time.sleep(0.02)
        addresses = msgspec.json.decode(files[0].read_bytes())
        self.url: str = addresses["nats"][0]
        """Its address."""
        self._monitor: str = addresses["monitoring"][0]
        self._about = psutil.Process(self._process.pid)

    def read(self) -> Reading:
        """Return its numbers."""
        with urlopen(f"{self._monitor}/varz", timeout=START_S) as answer:
            found = msgspec.json.decode(answer.read())
        cpu = self._about.cpu_times()
        memory = self._about.memory_info().rss / 2**20
        return Reading(time.monotonic(), cpu.user + cpu.system, found["in_msgs"], found["out_msgs"], memory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
