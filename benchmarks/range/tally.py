"""What was found, counted, so that parts of a measurement can be added up."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from benchmarks.harness import quantiles

SIZE_FACTOR = 1.25
"""A face counts for the nearest of the sizes if neither is longer than this multiple of the other."""


class Tally(Struct):
    """What was found of the faces of one size, by watcher."""

    faces: int = 0
    """Faces that are there, over all frames."""
    found: dict[str, int] = field(default_factory=dict)
    framed: dict[str, int] = field(default_factory=dict)
    """Of these, those whose boxes fit."""
    refused: dict[str, int] = field(default_factory=dict)
    """Of the others, those that the second opinion refused."""
    centre_off: list[float] = field(default_factory=list)
    """Distances of the boxes' centres in recordings, as fractions of the side."""
    side_off: list[float] = field(default_factory=list)
    """Differences of the boxes' sides in recordings, as fractions of the side."""
    labelled: int = 0
    """Faces to which the reference gave a label."""
    same: dict[str, int] = field(default_factory=dict)
    """Of these, those found with the same label."""
    seconds: float = 0.0
    false: dict[str, int] = field(default_factory=dict)
    """Tracks beside the placed clip, where no face is."""
    delays_s: list[float] = field(default_factory=list)
    """Seconds until a face that appeared was found, -1 where it was not."""

    def add(self, other: "Tally") -> None:
        """Add what was found elsewhere."""
        for name in self.__struct_fields__:
            ours, more = getattr(self, name), getattr(other, name)
            if isinstance(ours, dict):
                note(ours, more)
            else:
                setattr(self, name, ours + more)

    def summary(self, compared: Sequence[str]) -> dict[str, Any]:
        """Return the numbers in JSON types, for the watchers named; None where nothing was measured."""
        p50_s, p95_s = (_reached(self.delays_s, part) for part in (0.5, 0.95))
        found = {name: self.found.get(name, 0) for name in compared}
        judged = {name: found[name] + self.refused.get(name, 0) for name in compared}
        return {
            "faces": self.faces,
            **{f"found_{name}": part(found[name], self.faces) for name in compared},
            **{f"framed_{name}": part(self.framed.get(name, 0), self.faces) for name in compared},
            **{f"refused_{name}": part(self.refused.get(name, 0), judged[name]) for name in compared},
            **{f"same_label_{name}": part(self.same.get(name, 0), self.labelled) for name in compared},
            **{f"false_per_minute_{name}": part(self.false.get(name, 0), self.seconds / 60) for name in compared},
            "centre_off": _spread(self.centre_off),
            "side_off": _spread(self.side_off),
            "appearances": len(self.delays_s),
            "until_found_p50_s": p50_s,
            "until_found_p95_s": p95_s,
        }


def note(counts: dict[str, int], more: Mapping[str, int] | Iterable[str]) -> None:
    """Add counts to others, or one for each name."""
    for name, count in more.items() if isinstance(more, Mapping) else ((name, 1) for name in more):
        counts[name] = counts.get(name, 0) + count


def part(count: float, of: float) -> float | None:
    """Return a share; None of nothing."""
    return count / of if of else None


def nearest(side: float, sizes: Collection[int]) -> int:
    """Return the size for which a face counts, 0 for none."""
    size = min(sizes, key=lambda size: abs(math.log(side / size)))
    return size if 1 / SIZE_FACTOR <= side / size <= SIZE_FACTOR else 0


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    return dict(zip(("p50", "p95"), quantiles(values, (0.5, 0.95)), strict=True)) if values else None


def _reached(delays_s: Sequence[float], share: float) -> float | None:
    """Return the time after which this part of the faces was found; None if it never was."""
    if not delays_s:
        return None
    found = sorted(delay_s if delay_s >= 0 else math.inf for delay_s in delays_s)
    delay_s = found[math.ceil(share * len(found)) - 1]
    return delay_s if math.isfinite(delay_s) else None
