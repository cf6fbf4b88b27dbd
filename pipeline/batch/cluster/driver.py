"""The driver: a run whose recordings are tasks of Ray, one each."""

import importlib.metadata
import logging
import os
import re
import signal
import socket
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from pipeline.batch.cluster.letters import WORK, Assignment
from pipeline.batch.cluster.tasks import Share, Tasks
from pipeline.batch.fetching import Admit, Tick
from pipeline.batch.interruption import interruptible
from pipeline.batch.places import is_url, with_login
from pipeline.config.config import Config, tables_of
from pipeline.errors import EXIT_FAILED, EXIT_OK, ConfigError, MissingPart
from pipeline.foreign import one_line
from pipeline.supervision.run import Outcome

POLL_S = 0.1
"""Seconds between two looks at signals and nodes while no task reports."""
CANCEL_S = 5.0
"""Seconds that cancelled tasks may take to stop their processes."""
END_S = 3.0
"""Seconds that idle processes on the nodes may take to end; meanwhile the reports were written."""
NODES_S = 1.0
"""Seconds between two looks at the nodes of the cluster."""
CONNECT_S = 10.0
"""Seconds that a cluster may take to accept a connection; Ray itself would try for three minutes, deaf to signals."""
ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""Variables that Ray reads when it is imported, where they are not set: no statistics, a token for each connection."""

log = logging.getLogger("emobot")


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Yield Ray, connected to a cluster; without an address to that of this machine, or to one of its own.

    Raises:
        MissingPart: Ray is not installed.
        ConfigError: There is no such cluster, or it refuses the token.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.util.scheduling_strategies
    except ImportError as error:
        raise MissingPart("expected the package ray for --ray, found none: pip install 'emobot[ray]'") from error
    # without one, the variable RAY_ADDRESS or the cluster of this machine, which may be gone
    address = address or ray._private.services.get_ray_address_from_environment(None, None) or ""
    where = f"at {address}" if address else "on this machine"
    if ":" in address:
        _check_listens(address, where)
    with tempfile.TemporaryFile() as said:
        try:
            with _ended_by_ctrl_c(), _errors_into(said.fileno()):
                ray.init(
                    address=address or None, logging_level=logging.ERROR, include_dashboard=None if address else False
                )
        except Exception as error:
            # foreign code
            found = one_line(f"{type(error).__name__}: {error}{_last_warning(said)}", 400)
            raise ConfigError(f"--ray: expected a cluster of Ray {where}, found {found}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _check_listens(address: str, where: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close()
    except (OSError, OverflowError, ValueError) as error:
        raise ConfigError(f"--ray: expected a cluster of Ray {where}, found {one_line(str(error))}") from error


@contextmanager
def _ended_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C end the process at once: while Ray connects, Python's handler would not be called for minutes.

    What Ray has started by then ends with the process. SIGTERM is handled by Ray from here on: `SystemExit`.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _errors_into(file: int) -> Iterator[None]:
    """Let a file take what this process writes to stderr: Ray repeats a warning each second, from C++."""
    before = os.dup(2)
    os.dup2(file, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def _last_warning(said: IO[bytes]) -> str:
    """Return the last warning of Ray, such as that of a wrong token, which its error does not name."""
    said.seek(0)
    warnings = re.findall(r"^\[[^]]* W \d+ \d+\] \S+ (.*)$", said.read().decode(errors="replace"), re.MULTILINE)
    return f" ({warnings[-1]})" if warnings else ""


class RayRun:
    """Runs recordings on a cluster, see `pipeline.batch.fetching.Run`.

    Args:
        ray: The connected package.
        share: What each recording needs.
        most: Recordings at once; 0 = as many as the cluster has room for.
    """

    def __init__(self, ray: Any, share: Share, most: int = 0) -> None:
        self._ray = ray
        self._share = share
        self._most = most
        self._interrupted = False
        self._useless: dict[str, str] = {}
        """Nodes that cannot process recordings, and why."""
        self._nodes: list[dict[str, Any]] = []
        self._had_room = False
        self._ends: list[Any] = []
        """References to what ends the processes on the nodes."""

    def close(self) -> None:
        """Wait until the processes on the nodes have ended, some seconds at most."""
        if self._ends:
            self._ray.wait(self._ends, num_returns=len(self._ends), timeout=END_S)

    def __call__(self, config: Config, wanted: Sequence[str], tick: Tick, admit: Admit) -> Outcome:
        """Run recordings; those whose processes failed are left for another run.

        Raises:
            ConfigError: No node can process recordings.
        """
        sources = {name: str(camera["source"]) for name, camera in config.camera.items()}
        run = Tasks(self._ray, self._share, _assignment(config, wanted), _folder(config), self._useless, sources)
        waiting = deque(config.camera)
        self._nodes = self._ray.nodes()
        ended = threading.Event()
        threading.Thread(target=self._watch, args=(ended,), daemon=True, name="nodes").start()
        with interruptible(self._interrupt):
            try:
                while (waiting or run.active or run.lost) and not self._interrupted:
                    while (node := self._room(run)) and (camera := _next(run.lost, waiting, admit)):
                        run.start(camera, node)
                    run.listen(POLL_S)
                    tick(run.figures)
            finally:
                ended.set()
                # tasks are under way after a signal or an error only
                run.cancel(CANCEL_S)
                self._ends += run.end()
        return Outcome(
            code=EXIT_FAILED if run.failed else EXIT_OK, interrupted=self._interrupted, cameras=run.figures()
        )

    def _room(self, run: Tasks) -> str | None:
        """Return the node with the most room for another recording; None if there is none now.

        Raises:
            ConfigError: No node is large enough, or none can process recordings.
        """
        alive = {node["NodeID"]: node["Resources"] for node in self._nodes if node["Alive"]}
        useful = {node: self._share.slots(has) for node, has in alive.items() if node not in self._useless}
        if self._useless and not useful:
            raise ConfigError("\n".join(f"node {node}: {error}" for node, error in self._useless.items()))
        if not any(useful.values()) and not self._had_room:
            needed = f"{self._share.cores:g} cores" + (f" and {self._share.gpu:g} GPU" if self._share.gpu else "")
            raise ConfigError(f"--ray: expected a node with {needed}, found none in the cluster")
        # later on, lost nodes may come back
        self._had_room = True
        free = {node: slots - run.count_on(node) for node, slots in useful.items() if node not in run.silent}
        best = max(free, key=lambda node: free[node], default=None)
        is_full = self._most and len(run.active) >= self._most
        return best if best and free[best] > 0 and not is_full else None

    def _watch(self, ended: threading.Event) -> None:
        """Keep the list of nodes; in a thread, since the head of Ray may not answer while a node is frozen."""
        while not ended.wait(NODES_S):
            try:
                self._nodes = self._ray.nodes()
            except Exception:
                # foreign code; the head is lost, and Ray will end this process
                log.debug("the nodes cannot be listed", exc_info=True)

    def _interrupt(self) -> None:
        self._interrupted = True


def _assignment(config: Config, wanted: Sequence[str]) -> bytes:
    """Return what every node is sent, as a line of JSON."""
    tables = tables_of(config)
    work = str(_folder(config))
    for output in tables["output"].values():
        output["path"] = output["path"].replace(work, WORK)
    for camera in tables["camera"].values():
        camera["source"] = with_login(camera["source"]) if is_url(camera["source"]) else camera["source"]
    version = importlib.metadata.version("emobot")
    return msgspec.json.encode(Assignment(version=version, tables=tables, wanted=list(wanted)))


def _folder(config: Config) -> Path:
    """Return the folder that has a folder of results for each recording."""
    return Path(config.output["table"]["path"]).parent


def _next(lost: deque[str], waiting: deque[str], admit: Admit) -> str | None:
    """Return the recording to start next, None if there is none."""
    if lost:
        return lost.popleft()
    while waiting:
        camera = waiting.popleft()
        if admit(f"camera.{camera}"):
            return camera
    return None
