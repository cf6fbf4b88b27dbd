"""The driver: a run whose recordings are tasks of Ray, one each."""

import importlib.metadata
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from pipeline.batch.cluster.connecting import HeadLost, reach
from pipeline.batch.cluster.letters import WORK, Assignment
from pipeline.batch.cluster.tasks import Share, Tasks
from pipeline.batch.fetching import Admit, Tick
from pipeline.batch.interruption import interruptible
from pipeline.batch.places import is_url, with_login
from pipeline.config.config import Config, tables_of
from pipeline.errors import EXIT_FAILED, EXIT_OK, ConfigError
from pipeline.foreign import one_line
from pipeline.supervision.run import Outcome

POLL_S = 0.1
"""Seconds between two looks at signals and nodes while no task reports."""
CANCEL_S = 4.0
"""Seconds that cancelled tasks may take to stop their processes."""
END_S = 2.0
"""Seconds that idle processes on the nodes may take to end; meanwhile the reports were written."""
NODES_S = 1.0
"""Seconds between two looks at the nodes of the cluster."""
HEAD_S = 10.0
"""Seconds without a connection to the head after which it is lost."""

log = logging.getLogger("emobot")


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
        self._lost_head = ""
        """What is wrong with the head of the cluster."""
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
            HeadLost: The head of the cluster is lost.
        """
        sources = {name: str(camera["source"]) for name, camera in config.camera.items()}
        run = Tasks(self._ray, self._share, _assignment(config, wanted), _folder(config), self._useless, sources)
        waiting = deque(config.camera)
        self._nodes = self._ray.nodes()
        ended = threading.Event()
        threading.Thread(target=self._watch, args=(ended,), daemon=True, name="nodes").start()
        threading.Thread(target=self._watch_head, args=(ended,), daemon=True, name="head").start()
        with interruptible(self._interrupt):
            try:
                while (waiting or run.active or run.lost) and not self._interrupted:
                    while (node := self._room(run)) and (camera := _next(run.lost, waiting, admit)):
                        run.start(camera, node)
                    run.listen(POLL_S)
                    run.give_up_on({node["NodeID"] for node in self._nodes if not node["Alive"]})
                    tick(run.figures)
                    if self._lost_head:
                        raise HeadLost(self._lost_head)
            finally:
                ended.set()
                # tasks are under way after a signal or an error only
                run.cancel(CANCEL_S)
                if not self._lost_head:
                    # a new function reaches the nodes through the head
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

    def _watch_head(self, ended: threading.Event) -> None:
        """Notice that the head is lost, before Ray ends this process after a minute without a word."""
        address = self._ray.get_runtime_context().gcs_address
        last_s = time.monotonic()
        while not ended.wait(NODES_S):
            try:
                reach(address)
                last_s = time.monotonic()
            except OSError as error:
                if time.monotonic() - last_s > HEAD_S and not self._lost_head:
                    found = f"expected the head of Ray at {address}, found {one_line(str(error))}"
                    self._lost_head = f"--ray: {found}: run the command again"
                    # at once: Ray may not let this process end in order
                    log.error("%s", self._lost_head)

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
