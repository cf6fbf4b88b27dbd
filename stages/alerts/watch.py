"""Evaluates alerts on the events of all cameras; the same for a run and for a history that is replayed."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import msgspec

from pipeline.alerts.rule import Rule
from pipeline.messages import Alert
from stages.alerts.machine import GAP_S, Machine
from stages.alerts.world import Person, World

KEEP_S = 60.0
"""Seconds for which a cleared alert is still listed, so that an output that paused learns of it."""
MOST_DIGITS = 3
"""Decimals of published values."""

Key = tuple[str, str]
"""Name of an alert, and camera."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """State of an alert that outlives the process."""

    alert: Alert | None
    """As it was last published; None before the first time."""
    name: str
    camera: str
    when: str
    machine: Machine


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What outlives the process."""

    v: int = 1
    kept: tuple[Kept, ...] = ()
    stays: tuple[tuple[str, str, Person, float], ...] = ()
    """Camera, zone, person, and since when they are there."""


class Watch:
    """The alerts of all cameras.

    Args:
        rules: The alerts.
        cameras: Names of all cameras.
        at_s: Now, UNIX seconds.
        least: Fewest people about whom anything is known; 1: no limit.
        memory: What an earlier process knew.
    """

    def __init__(
        self, rules: Sequence[Rule], cameras: Iterable[str], at_s: float, least: int = 1, memory: Memory | None = None
    ) -> None:
        self._rules = {camera: [rule for rule in rules if camera in rule.cameras] for camera in cameras}
        self._least = least
        memory = memory or Memory()
        self.worlds = {
            camera: World(_quantities(own), at_s, least, _stays(memory, camera)) for camera, own in self._rules.items()
        }
        """What is known of each camera."""
        self._machines: dict[Key, Machine] = {}
        self.alerts: dict[Key, Alert] = {}
        """Alerts that are raised, or were cleared a moment ago."""
        self._restore(memory, at_s)

    def take(self, camera: str, event: Any, at_s: float) -> None:
        """Process an event of a camera."""
        self.worlds[camera].take(event, at_s)

    def evaluate(self, camera: str, at_s: float) -> list[Alert]:
        """Return the alerts of a camera that are raised or cleared now."""
        world = self.worlds[camera]
        world.advance(at_s)
        changed = []
        for rule in self._rules[camera]:
            machine = self._machines.setdefault((rule.name, camera), Machine(last_s=at_s))
            if world.ended:
                if machine.raised:
                    machine.clear(at_s)
                    changed.append(self._clear((rule.name, camera), at_s, "ended"))
                continue
            truth = rule.condition.expression.truth(partial(world.read, rule.condition.zone))
            match machine.step(rule, truth, at_s, world.gap_s):
                case "raised":
                    changed.append(self._raise(rule, camera, machine))
                case "cleared":
                    changed.append(self._clear((rule.name, camera), at_s, "condition"))
                case "missing":
                    changed.append(self._clear((rule.name, camera), at_s, "missing"))
        return changed

    def memory(self) -> Memory:
        """Return what shall outlive the process."""
        whens = {(rule.name, camera): rule.when for camera, rules in self._rules.items() for rule in rules}
        return Memory(
            kept=tuple(
                Kept(alert=self.alerts.get(key), name=key[0], camera=key[1], when=whens[key], machine=machine)
                for key, machine in self._machines.items()
                if machine.id or machine.held_s
            ),
            # no alert needs them where nothing about single people is known
            stays=tuple(
                (camera, zone, person, since_s)
                for camera, world in self.worlds.items()
                if self._least <= 1
                for zone, person, since_s in world.stays()
            ),
        )

    def forget(self, before_s: float) -> None:
        """Remove alerts that were cleared before."""
        self.alerts = {key: one for key, one in self.alerts.items() if not 0 < one.cleared_s < before_s}

    def _raise(self, rule: Rule, camera: str, machine: Machine) -> Alert:
        readings = {str(q): self.worlds[camera].read(rule.condition.zone, q) for q in rule.condition.quantities()}
        alert = self.alerts[rule.name, camera] = Alert(
            id=machine.id,
            name=rule.name,
            camera=camera,
            when=rule.when,
            text=rule.text,
            raised_s=round(machine.raised_s, MOST_DIGITS),
            # what is below the fewest people is no value
            values={
                name: round(one.low, MOST_DIGITS)
                for name, one in readings.items()
                if one.low == one.high or one.low > 0
            },
            personal=rule.about_people and self._least <= 1,
        )
        return alert

    def _clear(self, key: Key, at_s: float, reason: Any) -> Alert:
        alert = self.alerts[key]
        self.alerts[key] = msgspec.structs.replace(alert, cleared_s=round(at_s, MOST_DIGITS), reason=reason)
        return self.alerts[key]

    def _restore(self, memory: Memory, at_s: float) -> None:
        now = {(rule.name, camera): rule for camera, rules in self._rules.items() for rule in rules}
        for kept in memory.kept:
            key = kept.name, kept.camera
            if kept.alert:
                self.alerts[key] = kept.alert
            rule = now.get(key)
            if rule is None or rule.when != kept.when or (kept.machine.raised and not kept.alert):
                if kept.alert and kept.machine.raised:
                    self._clear(key, at_s, "removed")
                continue
            machine = self._machines[key] = kept.machine
            machine.missing_s = 0.0
            if not machine.raised and not 0 <= at_s - machine.last_s <= max(GAP_S, rule.missing_s):
                machine.held_s = 0.0


def _quantities(rules: Sequence[Rule]) -> list[tuple[str, Any]]:
    return [(rule.condition.zone, quantity) for rule in rules for quantity in rule.condition.quantities()]


def _stays(memory: Memory, camera: str) -> dict[str, dict[Person, float]]:
    stays: dict[str, dict[Person, float]] = {}
    for name, zone, person, since_s in memory.stays:
        if name == camera:
            stays.setdefault(zone, {})[person] = since_s
    return stays
