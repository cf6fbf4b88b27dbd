"""The process of a box's agent, which the run starts and restarts."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import time
from pathlib import Path

from setproctitle import setproctitle

from pipeline.config.config import Fleet
from pipeline.config.graph import stage_default
from pipeline.config.plan import RUN_VARIABLE, Plan
from pipeline.config.registry import OUTPUTS
from pipeline.errors import EXIT_CONFIG, EmobotError
from pipeline.fleet.agent.agent import Agent
from pipeline.fleet.local import LocalCameras
from pipeline.fleet.report import read_fleet
from pipeline.fleet.server.store import Store
from pipeline.fleet.terms import box_name, server_of
from pipeline.fleet.view import is_asked, write_view
from pipeline.supervision.workers import WORKERS, Worker
from pipeline.worker.logs import set_up_logging
from pipeline.worker.parent import die_with

RESTART_S = 1.0
"""Seconds between two starts of the agent."""
LEAVE_S = 1.5
"""Seconds it may take to release its leases at the end."""

EVERY = ("", "0.0.0.0", "::")
"""Hosts of a page that listens on every address."""
LOOPBACK = ("127.", "localhost", "::1")
"""Starts of hosts that no other machine reaches."""

log = logging.getLogger("emobot")


class Member:
    """Keeps the agent of this box running beside a run.

    Args:
        fleet: `[fleet]`.
        page: Address of this box's page; empty: none.
        level: Log level.
    """

    def __init__(self, fleet: Fleet, page: str, level: str) -> None:
        self._fleet, self._page, self._level = fleet, page, level
        self._agent: Worker | None = None
        self._due_s = 0.0

    def tick(self, directory: Path) -> None:
        """Start the agent if it does not run; called about ten times a second.

        Args:
            directory: That of the run's counters.
        """
        if self._agent and not self._agent.is_alive():
            log.error("fleet: the agent ended with exit code %s: restarting", self._agent.exitcode)
            self._agent.close()
            self._agent = None
        if not self._agent and time.monotonic() >= self._due_s:
            self._due_s = time.monotonic() + RESTART_S
            self._agent = WORKERS.start(
                run_agent, self._fleet, str(directory.parent), self._page, self._level, os.getpid()
            )

    def close(self) -> None:
        """Have the agent release its leases, and end it."""
        if not self._agent:
            return
        self._agent.terminate()
        end_s = time.monotonic() + LEAVE_S
        while self._agent.is_alive() and time.monotonic() < end_s:
            time.sleep(0.01)
        self._agent.kill()
        self._agent.join()
        self._agent.close()


def page_of(plan: Plan) -> str:
    """Return the address at which other machines reach the page of a plan; empty if they do not."""
    for node in plan.nodes:
        if node.use == OUTPUTS["web"]:
            host, port = (node.options.get(name, stage_default(node.use, name)) for name in ("host", "port"))
            host = socket.getfqdn() if host in EVERY else host
            if port and not host.startswith(LOOPBACK):
                scheme = "https" if node.options.get("certificate") else "http"
                return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"
    return ""


def run_agent(fleet: Fleet, directory: str, page: str, level: str, parent: int) -> None:
    """Run the agent as the supervisor's child process, which dies with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run ends first, then the leases
    if not die_with(parent):
        sys.exit(EXIT_CONFIG)
    # it keeps no counters
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    os.environ[RUN_VARIABLE] = directory
    setproctitle("emobot: fleet")
    set_up_logging(level, "fleet")
    try:
        asyncio.run(_run(fleet, Path(directory), page))
    except EmobotError as error:
        log.error("%s", error)
        sys.exit(error.exit_code)


async def _run(fleet: Fleet, directory: Path, page: str) -> None:
    server = server_of(fleet)
    cameras = LocalCameras(directory, fleet.capacity, any_source=fleet.any_source)

    async def connect() -> Store:
        return await Store.open(server, fleet.name, fleet.ttl_s, lambda text: log.warning("fleet: %s", text))

    async def show(store: Store) -> None:
        if is_asked(directory):
            view = await read_fleet(store)
            with contextlib.suppress(OSError):  # the tmpfs is full, perhaps only for a while
                write_view(directory, view)

    agent = Agent(box_name(fleet), fleet.ttl_s, connect, cameras, page, show)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, agent.stop)
    await agent.run()
