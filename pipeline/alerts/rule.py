"""An alert of the config: its condition, and the cameras it watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.alerts.condition import Condition
from pipeline.alerts.language import column_error, parse
from pipeline.errors import ConfigError

SINGLE = ("dwell", "empty")
"""Quantities about single people: how long one stays, when the first one comes."""
OF_CAMERA = ("offline",)
"""Quantities that concern no people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One alert.

    Attributes:
        name: Its name.
        when: Text of the condition.
        condition: The same, parsed.
        text: What to say to people; "": the condition.
        cameras: Names of the cameras it watches.
        cooldown_s: Seconds after it was cleared in which it is not raised again.
        missing_s: Seconds without data after which it counts as not met.
    """

    name: str
    when: str
    condition: Condition
    text: str = ""
    cameras: tuple[str, ...] = ()
    cooldown_s: float = 0.0
    missing_s: float = 60.0

    @property
    def about_people(self) -> bool:
        """Whether it depends on people."""
        return any(quantity.name not in OF_CAMERA for quantity in self.condition.quantities())

    @property
    def about_single(self) -> bool:
        """Whether it depends on a single person."""
        return any(quantity.name in SINGLE for quantity in self.condition.quantities())


def make_rule(
    name: str,
    table: Mapping[str, Any],
    zones: Mapping[str, Sequence[str]],
    *,
    aggregate_only: bool = False,
    least: int = 1,
) -> Rule:
    """Return an alert from its table.

    Args:
        name: Its name.
        table: The keys of `[alert.NAME]`.
        zones: Names of the zones of each camera.
        aggregate_only: Whether quantities about single people are refused.
        least: Fewest people about whom anything is known.

    Raises:
        ConfigError: The condition is malformed, never or always holds, or names an unknown zone; or a camera is
            unknown. One line.
    """
    when = table["when"]
    try:
        condition = parse(when, least)
    except ConfigError as error:
        raise ConfigError(f"when: {error}") from None
    wanted = tuple(table.get("camera", ())) or tuple(zones)
    if unknown := next((camera for camera in wanted if camera not in zones), None):
        raise ConfigError(f"camera: expected one of {', '.join(zones)}, found {unknown!r}")
    if condition.zone:
        there = [zone for camera in wanted for zone in zones[camera]]
        if condition.zone not in there:
            expected = f"one of the zones {', '.join(dict.fromkeys(there))}" if there else "no zone: no camera has any"
            raise ConfigError(f"when: {column_error(when, condition.zone_column - 1, expected)}")
        wanted = tuple(camera for camera in wanted if condition.zone in zones[camera])
    rule = Rule(
        name=name,
        when=when,
        condition=condition,
        text=table.get("text", ""),
        cameras=wanted,
        cooldown_s=table.get("cooldown_s", 0.0),
        missing_s=table.get("missing_s", 60.0),
    )
    if aggregate_only and rule.about_single:
        single = next(str(quantity) for quantity in condition.quantities() if quantity.name in SINGLE)
        expected = "no quantity about single people, because of aggregate_only in [privacy]"
        raise ConfigError(f"when: {column_error(when, when.index(single), expected)}")
    return rule
