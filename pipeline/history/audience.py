"""The audience of cameras, their zones and their lines, from a history: how many, how long, and in what mood."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from pipeline.history.read import LABELS, SUMMED, opened

By = Literal["minute", "hour", "day", "zone"]
"""Step of time of a row. `zone`: one row each for the whole time."""
_STEPS: dict[By, str] = {"minute": "at / 60 * 60", "hour": "step(at)", "day": "step(at)", "zone": "0"}
CACHED = 1024
"""Minutes whose steps are known; the rows of a minute, one for each person, are read one after the other."""
LEAST_PEOPLE = 5
"""Default number of people below which a row is withheld."""
MOODS = {"happy": 1.0, "angry": -1.0, "disgust": -1.0, "fear": -1.0, "sad": -1.0, "surprise": 0.0, "neutral": 0.0}
"""Weight of each emotion in the mood index; `uncertain` does not count."""


class AudienceRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who was in front of a camera, in one of its zones or at one of its lines, in one step of time."""

    at: float
    """Start of the step, UNIX seconds."""
    camera: str
    zone: str
    """Name of the zone or line; empty for the whole frame."""
    people: int
    """Number of different people; of a history of totals, the largest number known."""
    visitors: int | None
    """Those who came for the first time, which can be added up over steps; None for a frame of a history of totals."""
    visits: int
    """Number of times that somebody entered the zone."""
    present_s: float
    """Seconds, over all people."""
    dwell_s: float | None
    """Seconds per person; None for a line."""
    ins: int
    outs: int
    """Crossings of a line in its two directions."""
    facing: float | None
    """Share of the measured time in which faces were turned towards the camera, 0 to 1; None without `[landmarks]`."""
    attention_s: float | None
    """Seconds in which faces were turned towards the camera, over all people; None likewise."""
    mood: float | None
    """Seconds of happy less those of angry, disgust, fear and sad, over all classified seconds, -1 to 1."""
    seconds: tuple[float, ...]
    """Seconds each of `LABELS` was shown."""


class Audience:
    """The rows of a history that concern enough people.

    Args:
        path: The file.
        by: Step of time. Hours and days are those of this machine's time zone: where clocks change, days have 23 or 25
            hours.
        cameras: Names of the cameras; none = all.
        from_s: UNIX seconds, included; a minute counts by its start.
        to_s: UNIX seconds, excluded.
        least: Minimum number of people of a row.
        utc: Whether they are those of UTC instead.
    """

    def __init__(
        self,
        path: Path,
        by: By = "minute",
        cameras: Sequence[str] = (),
        from_s: float = 0.0,
        to_s: float = float("inf"),
        least: int = LEAST_PEOPLE,
        *,
        utc: bool = False,
    ) -> None:
        self._path = path
        self._by: By = by
        self._cameras = cameras
        self._span = from_s, to_s
        self._least = least
        self._zone = UTC if utc else None
        self.withheld = 0
        """Number of rows left out because they concern fewer people."""

    def __iter__(self) -> Iterator[AudienceRow]:
        """Yield the rows in order of time, camera and zone.

        Raises:
            InputError: The file is absent, not a history, or of a newer version.
        """
        self.withheld = 0
        with opened(self._path) as (db, version):
            if not version:
                return
            tables = [_FRAMES, *([_ZONES] if version >= 4 else [])]
            db.create_function("step", 1, lru_cache(CACHED)(self._step), deterministic=True)
            query = " UNION ALL ".join(tables).format(
                where=f" AND camera IN ({', '.join('?' * len(self._cameras))})" if self._cameras else "",
                step=_STEPS[self._by],
                # columns that older versions lack
                since="since" if version > 1 else "run",
                measured="SUM(measured), SUM(facing)" if version >= 3 else "0, 0",
            )
            rows = db.execute(
                f"SELECT * FROM ({query}) ORDER BY step, camera, zone",
                (*self._span, *self._cameras) * len(tables),
            )
            for row in rows:
                one = _row(row)
                if one.people >= self._least:
                    yield one
                else:
                    self.withheld += 1

    def _step(self, at_s: int) -> int:
        """Return the start of the hour or day, UNIX seconds; an hour that clocks repeat is two."""
        at = datetime.fromtimestamp(at_s, self._zone).replace(minute=0, second=0)
        return int((at.replace(hour=0, fold=0) if self._by == "day" else at).timestamp())


_SUMS = ", ".join(f"SUM({label})" for label in LABELS)
_PEOPLE = (
    "MAX(COUNT(DISTINCT CASE WHEN track THEN {since} || '.' || track END), MAX(CASE WHEN track THEN 0 ELSE people END))"
)
_FRAMES = f"""
    SELECT MIN(at) AS first, {{step}} AS step, camera, '' AS zone, {_PEOPLE} AS people,
        SUM(CASE WHEN track = 0 THEN NULL ELSE at = came END) AS visitors, 0 AS visits,
        SUM({" + ".join(LABELS)}) AS dwell, 0 AS ins, 0 AS outs, {{measured}}, {_SUMS}
    FROM (SELECT *, MIN(at) OVER (PARTITION BY camera, {{since}}, track) AS came FROM minutes)
    WHERE at >= ? AND at < ?{{where}} GROUP BY step, camera
"""
_ZONES = f"""
    SELECT MIN(at) AS first, {{step}} AS step, camera, zone, {_PEOPLE} AS people,
        {", ".join(f"SUM({name})" for name in SUMMED)}, {_SUMS}
    FROM zone_minutes WHERE at >= ? AND at < ?{{where}} GROUP BY step, camera, zone
"""


def _row(row: Sequence[float]) -> AudienceRow:
    first, step, camera, zone, people, visitors, visits, dwell, ins, outs, measured, facing, *seconds = row
    classified = sum(seconds) - seconds[LABELS.index("uncertain")]
    moods = sum(MOODS.get(label, 0.0) * one for label, one in zip(LABELS, seconds, strict=True))
    return AudienceRow(
        at=step or first,
        camera=str(camera),
        zone=str(zone),
        people=int(people),
        visitors=None if visitors is None else int(visitors),
        visits=int(visits),
        present_s=dwell,
        dwell_s=dwell / people if people and dwell else None,
        ins=int(ins),
        outs=int(outs),
        facing=facing / measured if measured else None,
        attention_s=facing if measured else None,
        mood=moods / classified if classified else None,
        seconds=tuple(seconds),
    )
