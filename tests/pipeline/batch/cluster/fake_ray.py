"""A cluster of Ray in memory: as much of it as the driver uses."""

import atexit
import socket
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any

from pipeline.batch.cluster.task import Item, end

NODE = {"NodeID": "n1", "Alive": True, "Resources": {"CPU": 2.0}}
Script = Callable[[str, int], Iterator[Item]]
"""What the task of a recording yields at its first, second, ... start."""


class RayError(Exception):
    """A lost worker or node."""


class TaskCancelledError(RayError):
    """A cancelled task."""


class RayTaskError(RayError):
    """A task that raised an error."""


@cache
def _listening() -> socket.socket:
    """Return what listens like a head, until the end of the process."""
    server = socket.create_server(("127.0.0.1", 0), backlog=100)
    atexit.register(server.close)
    return server


class FakeRay:
    """As much of Ray as the driver uses; `script` plays the tasks.

    Tasks on the node `frozen` never begin, and once it has a task, it is called dead.
    """

    class exceptions:
        """Ray's own."""

        RayError = RayError
        GetTimeoutError = TimeoutError
        TaskCancelledError = TaskCancelledError
        RayTaskError = RayTaskError

    class util:
        """Ray's own."""

        class scheduling_strategies:
            """How a task finds its node."""

            @staticmethod
            def NodeAffinitySchedulingStrategy(node: str, soft: bool) -> str:
                """Return the node."""
                return node

    def __init__(self, script: Script, nodes: Sequence[dict[str, Any]] = (NODE,), frozen: str = "") -> None:
        self.starts: list[str] = []
        self.cancelled: list[Any] = []
        self.options: list[dict[str, Any]] = []
        self.ended: list[tuple[str, set[int]]] = []
        """What was ended on each node."""
        self.most = 0
        """Tasks that were under way at once."""
        self.assignment = b""
        self._script = script
        self.head = f"127.0.0.1:{_listening().getsockname()[1]}"
        self._late: set[int] = set()
        self._nodes = list(nodes)
        self._frozen = frozen
        self._stuck: list[Any] = []
        """Tasks on the frozen node."""

    def put(self, value: bytes) -> str:
        """Keep the assignment."""
        self.assignment = value
        return "reference"

    def get_runtime_context(self) -> SimpleNamespace:
        """Return where the head is."""
        return SimpleNamespace(gcs_address=self.head)

    def nodes(self) -> list[dict[str, Any]]:
        """Return the nodes."""
        dead = self._frozen if self._stuck else ""
        return [{**node, "Alive": node["NodeID"] != dead} for node in self._nodes]

    def remote(self, function: object) -> "FakeFunction":
        """Return what starts tasks."""
        return FakeFunction(self, is_end=function is end)

    def wait(self, tasks: list[Any], *, num_returns: int, timeout: float) -> tuple[list[Any], list[Any]]:
        """Every task that has begun has something to say."""
        self.most = max(self.most, len(tasks))
        tasks = [task for task in tasks if task not in self._stuck]
        return tasks[:num_returns], tasks[num_returns:]

    def get(self, item: Item, timeout: float) -> Item:
        """Return an item, or raise it; each arrives late."""
        if not isinstance(item, Exception) and id(item) not in self._late:
            self._late.add(id(item))
            raise TimeoutError
        if isinstance(item, Exception):
            raise item
        return item

    def cancel(self, task: Any) -> None:
        """Cancel a task: it ends."""
        self.cancelled.append(task)
        task.close()

    def start(self, camera: str, options: dict[str, Any]) -> Iterator[Item]:
        """Start a task."""
        self.starts.append(camera)
        self.options.append(options)
        task = self._script(camera, self.starts.count(camera))
        if options["scheduling_strategy"] == self._frozen:
            self._stuck.append(task)
        return task


class FakeFunction:
    """A remote function."""

    def __init__(self, ray: FakeRay, *, is_end: bool) -> None:
        self._ray = ray
        self._is_end = is_end

    def options(self, **options: Any) -> "FakeTask":
        """Return it with options; Ray does not let them be set twice."""
        return (FakeEnd if self._is_end else FakeTask)(self._ray, options)


class FakeTask:
    """A remote function with options."""

    def __init__(self, ray: FakeRay, options: dict[str, Any]) -> None:
        self._ray = ray
        self._options = options

    def remote(self, *arguments: Any) -> Any:
        """Start it."""
        return self._ray.start(arguments[1], self._options)


class FakeEnd(FakeTask):
    """What ends the processes on a node."""

    def remote(self, *arguments: Any) -> Any:
        """End them."""
        assert self._options["num_cpus"] == 0
        self._ray.ended.append((self._options["scheduling_strategy"], set(arguments[0])))
        return "reference"
