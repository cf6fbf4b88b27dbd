"""When one alert of one camera is raised and cleared: hold, cool-down and missing data."""

import uuid
from typing import Literal

import msgspec

from pipeline.alerts.condition import Truth
from pipeline.alerts.rule import Rule

GAP_S = 10.0
"""Longest time between two steps, seconds, that counts; over a longer one nothing is known."""

Step = Literal["", "raised", "cleared", "missing"]


class Machine(msgspec.Struct, kw_only=True, omit_defaults=True):
    """State of an alert; kept in a file, so that it survives the end of the process. Times are UNIX seconds."""

    id: str = ""
    """Identifies the time it is raised; "" before the first."""
    raised_s: float = 0.0
    """When it was last raised."""
    cleared_s: float = 0.0
    """When it was last cleared; 0 while it is raised and before the first time."""
    held_s: float = 0.0
    """Seconds for which the condition has held without being false."""
    missing_s: float = 0.0
    """Seconds without data."""
    last_s: float = 0.0
    """Time of the last step."""
    last: bool | None = False
    """Whether the condition held at the last step; None: there was nothing to measure."""

    @property
    def raised(self) -> bool:
        """Whether it is raised."""
        return bool(self.id) and not self.cleared_s

    def step(self, rule: Rule, truth: Truth, at_s: float, gap_s: float = GAP_S) -> Step:
        """Continue until now.

        Args:
            rule: The alert.
            truth: Whether its condition holds now.
            at_s: Now.
            gap_s: Longest time between two steps, seconds, that counts.

        Returns:
            What has changed; `missing` if it was cleared without data.
        """
        passed_s = at_s - self.last_s if 0 <= at_s - self.last_s <= gap_s else 0.0
        self.last_s = at_s
        # the time until now counts for what was found at its start
        self.held_s += passed_s if self.last else 0.0
        self.missing_s = self.missing_s + passed_s if self.last is None else 0.0
        self.last = truth.holds is True if truth.measured else None
        if truth.holds:
            self.missing_s = 0.0
            if not self.raised and self.held_s >= rule.condition.hold_s - 1e-6 and self._is_cool(rule, at_s):
                self.id, self.raised_s, self.cleared_s = str(uuid.uuid4()), at_s, 0.0
                return "raised"
            return ""
        if truth.holds is None and self.missing_s < rule.missing_s:
            return ""  # it remains what it was, and its hold waits
        self.held_s = 0.0
        if not self.raised:
            return ""
        self.clear(at_s)
        return "cleared" if truth.holds is False else "missing"

    def clear(self, at_s: float) -> None:
        """Clear it."""
        self.cleared_s, self.held_s, self.last = at_s, 0.0, False

    def _is_cool(self, rule: Rule, at_s: float) -> bool:
        return not self.cleared_s or not 0 <= at_s - self.cleared_s < rule.cooldown_s
