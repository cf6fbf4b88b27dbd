"""The tasks of a run on a cluster of Ray: one for each recording, started again where its worker or node is lost."""

import logging
import shutil
import time
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from pipeline.batch.cluster.task import Failed, Item, Part, end, process
from pipeline.batch.places import is_url
from pipeline.batch.wanted import summary_in
from pipeline.foreign import one_line
from pipeline.metrics.camera_totals import CameraSummary

LOSSES = 3
"""Times that a recording is given to another worker after its worker or node was lost."""
SILENT_S = 30.0
"""Seconds after which a task that had begun is given up; it reports something every two."""
ARRIVES_S = 1.0
"""Seconds to wait for an item; until it arrives, other tasks and signals have their turn."""
AHEAD = 4
"""Items of a task that may wait for the driver, so that a long video does not fill the memory of its node."""

log = logging.getLogger("emobot")


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What a recording needs of a node."""

    cores: float = 1.0
    gpu: float = 0.0
    """Share of a graphics card."""

    def slots(self, resources: Mapping[str, float]) -> int:
        """Return how many recordings a node with these resources processes at once."""
        fit = [resources.get("CPU", 0.0) / self.cores]
        if self.gpu:
            fit.append(resources.get("GPU", 0.0) / self.gpu)
        return int(min(fit) + 1e-6)


class Tasks:
    """The tasks of a run that are under way.

    Args:
        ray: The package.
        share: What each needs.
        assignment: What each is sent.
        folder: Takes a folder of results for each recording.
        useless: Takes the nodes that cannot process recordings; tasks avoid them.
        sources: The path or URL of each recording.
    """

    def __init__(
        self,
        ray: Any,
        share: Share,
        assignment: bytes,
        folder: Path,
        useless: dict[str, str],
        sources: Mapping[str, str],
    ) -> None:
        self._ray = ray
        self._assignment = ray.put(assignment)
        self._folder = folder
        self._useless = useless
        self._sources = sources
        self._process = ray.remote(process)
        self._options = {
            "num_returns": "streaming",
            "num_cpus": share.cores,
            "num_gpus": share.gpu,
            "max_retries": 0,  # a task that is repeated must not repeat its progress: `lost` is started again
            "_generator_backpressure_num_objects": AHEAD,
        }
        self.active: dict[Any, str] = {}
        """Recording of each task."""
        self._places: dict[Any, str] = {}
        """Node of each task."""
        self._heard_s: dict[Any, float] = {}
        """When each task last reported something."""
        self.silent: set[str] = set()
        """Nodes whose tasks report nothing any more; they get no other."""
        self._awaited: dict[Any, Any] = {}
        """References to what has not arrived yet, by task."""
        self.lost: deque[str] = deque()
        """Recordings whose worker or node was lost."""
        self.failed = False
        self._losses: Counter[str] = Counter()
        self._figures: dict[str, CameraSummary] = {}
        self._idle: defaultdict[str, set[int]] = defaultdict(set)
        """Process IDs of what stays on each node for its next recording."""

    def figures(self) -> list[CameraSummary]:
        """Return the figures of the recordings so far."""
        return list(self._figures.values())

    def count_on(self, node: str) -> int:
        """Return how many tasks a node has."""
        return sum(self._places[task] == node for task in self.active)

    def start(self, camera: str, node: str) -> None:
        """Start the task of a recording on a node; Ray might let it wait on one that is frozen."""
        shutil.rmtree(self._arriving(camera), ignore_errors=True)
        options = {**self._options, "scheduling_strategy": self._on(node)}
        task = self._process.options(**options).remote(self._assignment, camera)
        self.active[task], self._places[task] = camera, node

    def listen(self, timeout_s: float) -> None:
        """Receive what tasks report."""
        if not self.active:
            return
        ready, _ = self._ray.wait(list(self.active), num_returns=len(self.active), timeout=0)
        if not ready:
            ready, _ = self._ray.wait(list(self.active), num_returns=1, timeout=timeout_s)
        for task in {*ready, *self._awaited}:
            camera = self.active[task]
            try:
                reference = self._awaited.pop(task, None) or next(task)
                item: Item = self._ray.get(reference, timeout=ARRIVES_S)
            except self._ray.exceptions.GetTimeoutError:
                # its node may be frozen, with the data
                self._awaited[task] = reference
            except StopIteration:
                del self.active[task]
            except self._ray.exceptions.TaskCancelledError:
                del self.active[task]
            except self._ray.exceptions.RayTaskError as error:
                # not lost: the task cannot run there, for example without Emobot
                del self.active[task]
                self._avoid(self._places[task], _cause(error))
                self.lost.append(camera)
            except self._ray.exceptions.RayError as error:
                del self.active[task]
                self._lose(camera, error)
            else:
                self._heard_s[task] = time.monotonic()
                self._take(task, camera, item)
        self._give_up_silent()

    def give_up_on(self, dead: Collection[str]) -> None:
        """Start recordings elsewhere whose task has not begun and whose node is dead.

        Ray itself leaves a task that was on its way to a node when that froze without an error.
        """
        for task in [task for task in self.active if self._places[task] in dead and task not in self._heard_s]:
            self._give_up(task, "its node is dead")

    def _give_up_silent(self) -> None:
        """Start recordings elsewhere whose task has begun and reports nothing any more."""
        late_s = time.monotonic() - SILENT_S
        for task in [task for task in self.active if self._heard_s.get(task, late_s) < late_s]:
            self._give_up(task, f"nothing heard of it for {SILENT_S:g} s")

    def _give_up(self, task: Any, why: str) -> None:
        self.silent.add(self._places[task])
        self._awaited.pop(task, None)
        self._lose(self.active.pop(task), TimeoutError(why))

    def cancel(self, timeout_s: float) -> None:
        """End all tasks and their processes."""
        for task in self.active:
            self._ray.cancel(task)
        end_s = time.monotonic() + timeout_s
        while self.active and time.monotonic() < end_s:
            self.listen(end_s - time.monotonic())

    def end(self) -> list[Any]:
        """Begin to end what stays on the nodes for other recordings; return the references to wait for."""
        ends = self._ray.remote(end)
        alive = [node for node in self._idle if node not in self.silent]
        return [
            ends.options(num_cpus=0, max_retries=0, scheduling_strategy=self._on(node)).remote(self._idle[node])
            for node in alive
        ]

    def _on(self, node: str) -> Any:
        return self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node, soft=False)

    def _take(self, task: Any, camera: str, item: Item) -> None:
        arriving = self._arriving(camera)
        if item is None:
            return
        if isinstance(item, CameraSummary):
            self._figures[camera] = item
        elif isinstance(item, list):
            _append(arriving, item)
        elif isinstance(item, Failed):
            if item.node:
                self._avoid(item.node, item.error)
                self.lost.append(camera)
            else:
                log.error("%s: %s", camera, item.error)
                self.failed = True
        else:
            self._idle[item.node].add(item.processes)
            if (found := summary_in(arriving)) and found.fault == "absent" and self._is_here(camera):
                missing = f"expected the recordings at the same paths as here, found no {self._sources[camera]}"
                self._avoid(item.node, missing)
                self.lost.append(camera)
            else:
                arriving.rename(self._folder / camera)

    def _avoid(self, node: str, error: str) -> None:
        if node not in self._useless:
            log.warning("node %s is avoided: %s", node, error)
            self._useless[node] = error

    def _lose(self, camera: str, error: Exception) -> None:
        self._losses[camera] += 1
        again = self._losses[camera] <= LOSSES
        what = one_line(f"{type(error).__name__}: {error}")
        log.warning("%s: its worker was lost, %s: %s", camera, "starting it again" if again else "giving up", what)
        if again:
            self.lost.append(camera)
        else:
            self.failed = True

    def _is_here(self, camera: str) -> bool:
        return not is_url(self._sources[camera]) and Path(self._sources[camera]).is_file()

    def _arriving(self, camera: str) -> Path:
        return self._folder / f"{camera}.arriving"


def _append(folder: Path, parts: Iterable[Part]) -> None:
    for part in parts:
        path = folder / part.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(part.data)


def _cause(error: Exception) -> str:
    """Return the last line of an error of a task; before it comes where it was raised."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return one_line(lines[-1]) if lines else type(error).__name__
