"""Moves a run from one plan to another while frames flow: starts, stops and replaces the processes that differ.

A filter's new process starts beside the old one. Once it is ready, producers switch to it; the old one processes the
frames it already received and ends, then the new one takes over. Cameras, outputs and `exclusive` filters cannot run
twice: their old process ends first. Nothing changes before every new filter is ready, so a mistake that shows only in a
process costs no frame.
"""

import logging
import time
from collections.abc import Callable

from msgspec.structs import replace

from pipeline.config.plan import COMES_LATER, Node, Plan
from pipeline.errors import EXIT_FAILED, EXIT_OK, ConfigError
from pipeline.supervision.child import Child, describe_exit
from pipeline.transport.camera_file import write_cameras
from pipeline.transport.switchboard import Switchboard
from pipeline.transport.zone_file import write_zones

APPLY_S = 60.0
"""Seconds after which a change that is not applied is undone."""

Key = tuple[str, int]

log = logging.getLogger("emobot")


class Transition:
    """One change in progress.

    Args:
        old: The current plan.
        new: The next plan, as `fit` returned it.
        children: The run's processes by stage and worker; updated once the new filters are ready.
        board: Stores which process of each worker receives the frames.
        leave: Called with each process that was replaced.
        proven: Whether the processes of `new` have worked before, so that an exit does not fail the change.
    """

    def __init__(
        self,
        old: Plan,
        new: Plan,
        children: dict[Key, Child],
        board: Switchboard,
        leave: Callable[[Child], None],
        *,
        proven: bool = False,
    ) -> None:
        self.old, self.new = old, new
        self.error = ""
        """Why the change failed; empty if it has not."""
        self._children = children
        self._board = board
        self._leave = leave
        self._proven = proven
        self._deadline = time.monotonic() + APPLY_S
        self._committed = False
        self._code = EXIT_FAILED
        before, after = _by_name(old), _by_name(new)
        self._gone = [name for name in before if name not in after]
        self._comes = [after[name] for name in after if name not in before]
        # first of all, the stages that frames shall pass from then on
        arriving = [node for node in self._comes if node.role == "filter"]
        differing = [after[name] for name in after if name in before and before[name] != after[name]]
        self._standby = {
            (node.name, worker): self._successor(node, worker)
            for node in (*arriving, *(node for node in differing if self._fits_beside(node)))
            for worker in range(node.workers)
        }
        self._comes = [node for node in self._comes if node.role == "source"]
        self._one_after_the_other = [node for node in differing if not self._fits_beside(node)]
        self._awaited: list[Child] = []
        self._left: list[Child] = []
        self._replaced: list[Child] = []
        self._behind: list[Key] = []
        """Filters that are gone, until those before them have sent their last frame."""

    @property
    def committed(self) -> bool:
        """Return whether the new plan is in force."""
        return self._committed

    def processes(self) -> list[Child]:
        """Return the new processes that have not taken over yet."""
        return list(self._standby.values())

    def step(self) -> bool:
        """Advance; return whether the change is over: applied, or failed with an `error`."""
        self._board.hand_over()
        for child in self._standby.values():
            if not child.starts:
                child.start()
            elif (code := child.look()) is not None:
                self._code = code  # a heartbeat, read before the next step, gives the reason
            elif child.ended:
                self.error = f"[{child.node.name}] {child.error or describe_exit(self._code)}"
        if not (self.error or self._committed) and all(child.up for child in self._standby.values()):
            self._commit()
            return False
        if self._behind and all(child.ended for child in self._replaced):
            self._left += [self._children.pop(key) for key in self._behind]
            for child in self._left[-len(self._behind) :]:
                self._leave(child)
            self._behind = []
        late = next((c for c in (*self._standby.values(), *self._awaited) if not c.works and not c.done), None)
        if late and not self.error and time.monotonic() > self._deadline:
            self.error = f"[{late.node.name}] expected a process that works within {APPLY_S:.0f} s, found none"
        there = all(map(self._is_there, self._awaited)) and all(child.ended for child in self._left)
        there = there and self._committed and not self._behind
        if there and not self.error:
            self._forget_gone()
        return bool(self.error) or there

    def fail(self, child: Child, code: int) -> bool:
        """Record that a process of the new plan has ended; return whether this fails the change."""
        finished = code == EXIT_OK and child.node.role == "source"
        if not self._committed or child not in self._awaited or child.proven or finished:
            return False
        child.done = True
        self.error = f"[{child.node.name}] {child.error or describe_exit(code)}"
        return True

    def kill(self) -> None:
        """Kill the new processes that have not taken over yet."""
        for child in self._standby.values():
            child.stop()
            child.kill()

    def _forget_gone(self) -> None:
        """Let the outputs see which cameras are gone."""
        try:
            write_cameras(self.new)
        except OSError as error:
            log.warning("%s: outputs do not learn which cameras are gone: %s", self.new.directory, error.strerror)

    def _commit(self) -> None:
        try:
            write_cameras(self.new, self.old)  # one too many does no harm if the next line fails
            if self.new.zones != self.old.zones:
                write_zones(self.new)
        except OSError as error:
            self.error = f"expected to write the zones and cameras into {self.new.directory}, found {error.strerror}"
            return
        self._committed = True
        for name in self._gone:
            if self.old[name].role == "filter":
                self._behind.append((name, 0))
                continue
            self._left.append(self._children.pop((name, 0)))
            self._leave(self._left[-1])
        for key, child in self._standby.items():
            self._board.switch(*key, child.incarnation)
            if before := self._children.get(key):
                self._leave(before)
                self._replaced.append(before)
            self._children[key] = child
            self._awaited.append(child)
        self._standby = {}
        for node in self._one_after_the_other:
            for worker in range(node.workers):
                key = node.name, worker
                child = self._successor(node, worker)
                if node.role != "source" and not self.new.crosses_machines(node.name):
                    self._board.switch(*key, child.incarnation)
                self._leave(self._children[key])
                self._replaced.append(self._children[key])
                self._children[key] = child
                self._awaited.append(child)
        for node in self._comes:
            child = self._children[node.name, 0] = Child(self.new, node)
            self._awaited.append(child)
        for child in self._awaited:
            child.proven |= self._proven

    def _is_there(self, child: Child) -> bool:
        # a recording that waits for its turn has not started and sends no heartbeat
        return child.works or child.done or bool(self.new.run.jobs and not child.starts and child.waiting)

    def _successor(self, node: Node, worker: int) -> Child:
        now = self._children.get((node.name, worker))
        if now is None:  # a stage that comes; it may have been there before
            return Child(self.new, node, worker, self._board.incarnation(node.name, worker) + 1)
        return Child(self.new, node, worker, now.incarnation + 1, None if self._fits_beside(node) else now)

    def _fits_beside(self, node: Node) -> bool:
        """Return whether a stage's new process can start beside the old one; over TCP both would share one address."""
        return not (node.exclusive or self.new.crosses_machines(node.name))


def fit(old: Plan, new: Plan) -> Plan:
    """Return a new plan with the settings and automatic worker counts of the run.

    Args:
        old: The plan of the run.
        new: The plan made from the changed tables, without a directory.

    Raises:
        ConfigError: Stages, outputs or links differ, which requires a restart.
    """
    plan = replace(_with_alerts(old, new), run=old.run, metrics=old.metrics, log=old.log)
    before = _by_name(old)
    # an automatic number of workers does not change with the number of cameras
    after = {
        n.name: n if n.keys.workers or n.name not in before else replace(n, workers=before[n.name].workers)
        for n in plan.nodes
    }
    plan = replace(plan, nodes=tuple(after.values()))
    apart = any(node.keys.host for node in plan.nodes)
    for name in before.keys() ^ after.keys():
        # on several machines the ports follow from the stages
        if (before.get(name) or after[name]).role != "source" and (name != COMES_LATER or apart):
            raise ConfigError(f"expected the stages and outputs of this run, found {name}: restart to apply")
    for name in before.keys() & after.keys():
        was, is_ = before[name], after[name]
        links = _links(was, before), _links(is_, after)
        if (was.workers, was.keys.host, links[0]) != (is_.workers, is_.keys.host, links[1]):
            raise ConfigError(f"[{name}] expected the same workers, host and links, found others: restart to apply")
        if was != is_ and is_.keys.host:
            raise ConfigError(
                f"[{name}] expected a stage on this machine, found one on {is_.keys.host}: restart it there"
            )
    return plan


def _with_alerts(old: Plan, new: Plan) -> Plan:
    """Return the new plan with the stage of alerts if the old one has it: without a rule, it clears what is raised."""
    before, nodes = _by_name(old), _by_name(new)
    if COMES_LATER not in before or COMES_LATER in nodes:
        return new
    first = next((name for name, node in before.items() if node.to == (COMES_LATER,) and name in nodes), None)
    if first is None:
        return new
    stays = before[COMES_LATER]
    stays = replace(stays, options={**stays.options, "rules": {}}, to=nodes[first].to)
    both = {first: (replace(nodes[first], to=(COMES_LATER,)), stays)}
    return replace(new, nodes=tuple(one for node in new.nodes for one in both.get(node.name, (node,))))


def _links(node: Node, nodes: dict[str, Node]) -> tuple[str, ...]:
    """Return the stages that follow one, past the stage that may come and go."""
    return nodes[COMES_LATER].to if node.to == (COMES_LATER,) else node.to


def _by_name(plan: Plan) -> dict[str, Node]:
    return {node.name: node for node in plan.nodes}
