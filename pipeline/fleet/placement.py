"""Which box is to run which camera: decided by the leader, from what the boxes say of themselves."""

import heapq
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from pipeline.fleet.records import Box

Cameras = frozenset[str]


class Placement(NamedTuple):
    """The result."""

    plan: dict[str, Cameras]
    """Cameras of each box; a camera that moves is in the plan of two."""
    unplaced: dict[str, str]
    """Cameras that no box can take, and why."""


def place(
    cameras: Collection[str], boxes: Mapping[str, Box], draining: Collection[str], plan: Mapping[str, Cameras]
) -> Placement:
    """Place each camera on a box, and change as little as possible.

    A camera stays where it is while its box lives. One that must move, because its box is drained, is planned on a
    second box, too, and leaves the first when the second has it ready. Each drained box moves one camera at a time.

    Args:
        cameras: All cameras of the fleet.
        boxes: The boxes that are alive.
        draining: Boxes that are to become empty.
        plan: The current plan, also of boxes that are gone.
    """
    known = frozenset(cameras)
    new = {name: set(plan.get(name, ())) & known - box.refuses.keys() for name, box in boxes.items()}
    where: dict[str, list[str]] = defaultdict(list)
    for name in sorted(new):
        for camera in new[name]:
            where[camera].append(name)
    for camera, names in where.items():
        if len(names) > 1:
            _settle(camera, names, boxes, draining, new)
    for name, box in boxes.items():
        surplus = len(new[name]) - max(0, box.capacity)
        # those it does not run yet first
        for camera in sorted(new[name], key=lambda one: (one in box.holds, one))[: max(0, surplus)]:
            new[name].discard(camera)
    free = _Free({name: box.capacity - len(new[name]) for name, box in boxes.items() if name not in draining})
    unplaced = {}
    for camera in sorted(known - frozenset().union(*new.values())):
        if target := free.take(camera, boxes):
            new[target].add(camera)
        else:
            unplaced[camera] = _reason(camera, boxes, draining)
    for name in sorted(set(draining) & boxes.keys()):
        others = frozenset().union(*(planned for other, planned in new.items() if other != name))
        if new[name] and not new[name] & others:
            camera = min(new[name])
            if target := free.take(camera, boxes):
                new[target].add(camera)
            else:
                unplaced[camera] = f"stays on {name}, which is drained: {_reason(camera, boxes, draining)}"
    return Placement({name: frozenset(planned) for name, planned in new.items()}, unplaced)


def _settle(
    camera: str, names: list[str], boxes: Mapping[str, Box], draining: Collection[str], new: dict[str, set[str]]
) -> None:
    """Leave a camera that is planned on several boxes on one of them, or on two while it moves."""
    holder = next((name for name in names if camera in boxes[name].holds), "")
    # one that has it ready, or is at least preparing it
    targets = [name for name in names if name != holder]
    targets.sort(key=lambda name: (name in draining, camera not in boxes[name].ready, name))
    stays = {targets[0]} if not holder or camera in boxes[targets[0]].ready else {holder, targets[0]}
    if holder and holder not in draining:
        stays = {holder}
    for name in names:
        if name not in stays:
            new[name].discard(camera)


def _reason(camera: str, boxes: Mapping[str, Box], draining: Collection[str]) -> str:
    able = [name for name in boxes if name not in draining]
    if not able:
        return "no box is connected" if not boxes else "all boxes are drained"
    refusals = [f"{name}: {boxes[name].refuses[camera]}" for name in able if camera in boxes[name].refuses]
    if len(refusals) == len(able):
        return "; ".join(refusals)
    return "every box that can run it is at its capacity" if refusals else "every box is at its capacity"


class _Free:
    """Boxes with places, the one with most of them first."""

    def __init__(self, places: Mapping[str, int]) -> None:
        self._heap = [(-count, name) for name, count in places.items() if count > 0]
        heapq.heapify(self._heap)

    def take(self, camera: str, boxes: Mapping[str, Box]) -> str:
        """Return a box for a camera, which has one place less then; empty if there is none."""
        passed = []
        found = ""
        while self._heap and not found:
            count, name = heapq.heappop(self._heap)
            if camera in boxes[name].refuses:
                passed.append((count, name))
                continue
            found = name
            if count + 1 < 0:
                passed.append((count + 1, name))
        for entry in passed:
            heapq.heappush(self._heap, entry)
        return found
