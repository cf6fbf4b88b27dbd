"""The plan of a run: its stages and the links between them."""

from pathlib import Path
from typing import Annotated, Any, Literal
from zlib import crc32

import msgspec

from pipeline.config.config import Log, Metrics, Run
from pipeline.errors import ConfigError
from pipeline.messages import Message, Zone

_LONGEST_PATH = 107
"""Maximum length of a UNIX socket's path in bytes (sun_path in unix(7))."""

RUN_VARIABLE = "EMOBOT_RUN"
"""Environment variable that holds the run's directory in the processes of a run."""

COMES_LATER = "alerts"
"""The only stage that a change may add to a run or remove from it: it reads no pixels and has one worker."""

Role = Literal["source", "filter", "sink"]
Pixels = Literal["none", "read", "write"]


class RunnerKeys(Message, frozen=True, kw_only=True):
    """Keys of every filter and sink, in addition to the stage's own options."""

    workers: Annotated[int, msgspec.Meta(ge=0, le=64)] = 1
    """Number of processes of this stage; a camera always uses the same one. 0 = one per recording read at once, or one
    per eight cameras, but at most one per two cores."""
    batch: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 1
    """Maximum number of frames per batch."""
    max_wait_ms: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.0
    """Milliseconds to wait for a batch to fill."""
    host: str = ""
    """Address of the machine where `emobot stage NAME` runs this stage (empty = this machine)."""


class Node(Message, frozen=True, kw_only=True):
    """One stage of a run."""

    name: str
    """The table it comes from: `camera.lobby`, `detect`, `output.video`."""
    use: str
    role: Role
    pixels: Pixels = "none"
    exclusive: bool = False
    """Whether one process must end before its replacement starts, see `pipeline.stage`."""
    options: dict[str, Any] = {}
    files: str = ""
    """Digest of the files that belong to the options, see `Stage.files`."""
    keys: RunnerKeys = RunnerKeys()
    workers: int = 1
    """Resolved number of processes of this stage."""
    to: tuple[str, ...] = ()
    """Names of the stages that receive its frames."""
    least_faces: int = 0
    """Minimum number of faces of a frame whose faces its metrics may count; 0: they may count all, see `[privacy]`.
    Part of each filter, so that a change of it replaces their processes."""

    @property
    def inline(self) -> bool:
        """Return whether pixels travel in the messages: a stage on another machine cannot map the ring."""
        return self.pixels != "none" and bool(self.keys.host)


class Plan(Message, frozen=True, kw_only=True):
    """A run: all its stages, producers before their consumers."""

    nodes: tuple[Node, ...]
    zones: dict[str, tuple[Zone, ...]] = {}
    """Zones and lines by camera. They reach a camera through a file, so that no process restarts when they change."""
    paused: tuple[str, ...] = ()
    """Names of the cameras of the config that do not run; they are no stages."""
    run: Run = Run()
    metrics: Metrics = Metrics()
    log: Log = Log()

    @property
    def directory(self) -> Path:
        """Return the directory of the run's sockets and frames."""
        return Path(self.run.dir)

    @property
    def cameras(self) -> list[str]:
        """Return the names of all cameras of the config, also of those that are paused."""
        return [*(node.name.partition(".")[2] for node in self.nodes if node.role == "source"), *self.paused]

    def __getitem__(self, name: str) -> Node:
        """Return the stage of this name.

        Raises:
            ConfigError: There is no stage of this name.
        """
        # from the end: the list may begin with hundreds of cameras
        for node in reversed(self.nodes):
            if node.name == name:
                return node
        raise ConfigError(f"expected one of {', '.join(n.name for n in self.nodes)}, found stage {name!r}")

    def readers(self) -> list[str]:
        """Return the stages that release a frame's slot: readers of pixels with no other reader behind them."""
        readers = [n for n in self.nodes if n.role != "source" and n.pixels != "none"]
        return [n.name for n in readers if not any(map(self._reads, n.to))]

    def readers_from(self, name: str) -> list[int]:
        """Return which of `readers()` are this stage or behind it, by index."""
        reached, waiting = set(), [name]
        while waiting:
            current = waiting.pop()
            reached.add(current)
            waiting.extend(self[current].to)
        return [i for i, reader in enumerate(self.readers()) if reader in reached]

    def worker(self, name: str, camera: str) -> int:
        """Return which worker of a stage a camera goes to: in turn, in the order of the cameras."""
        names = [node.name for node in self.nodes if node.role == "source"]
        own = f"camera.{camera}"
        # a camera added after this plan was made
        place = names.index(own) if own in names else crc32(camera.encode())
        return place % self[name].workers

    def address(self, name: str, worker: int, incarnation: int = 0) -> str:
        """Return the address of a stage's worker, derived from names alone so that both ends agree.

        Args:
            name: The stage.
            worker: Which of its workers.
            incarnation: Which process of this worker, see `pipeline.transport.switchboard`; over TCP all share one
                address.

        Raises:
            ConfigError: The run's directory has too long a name, or a stage on another machine feeds this one and
                this machine's address is not given.
        """
        node = self[name]
        feeding = self._feeding(name)
        if not self.crosses_machines(name):
            path = f"{self.directory}/{name}.{worker}" + (f".{incarnation}" if incarnation else "")
            if len(path.encode()) > _LONGEST_PATH:
                raise ConfigError(f"[run] dir: expected a shorter path: {path} is longer than {_LONGEST_PATH} bytes")
            return f"ipc://{path}"
        host = node.keys.host or self.run.host
        if not host:
            raise ConfigError(f"[run] host: expected this machine's address, by which {feeding} reaches [{name}]")
        before = (n for n in self.nodes[: self.nodes.index(node)] if n.role != "source")
        return f"tcp://{host}:{self.run.port + sum(n.workers for n in before) + worker}"

    def crosses_machines(self, name: str) -> bool:
        """Return whether this stage or one that feeds it runs on another machine, so that its frames come over TCP."""
        return bool(self[name].keys.host or self._feeding(name))

    def _feeding(self, name: str) -> str:
        """Return the other machine whose stages feed this one; empty for none."""
        return next((n.keys.host for n in self.nodes if name in n.to and n.keys.host), "")

    def _reads(self, name: str) -> bool:
        node = self[name]
        return node.pixels != "none" or any(map(self._reads, node.to))
