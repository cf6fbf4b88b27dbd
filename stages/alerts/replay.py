"""Evaluates alerts on a history, as the run would have that recorded it."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from pipeline.alerts.rule import Rule
from pipeline.events import AnyEvent, AppearedEvent, CameraEvent, ChangedEvent, LostEvent
from pipeline.history.read import PERIOD_S, EventRow, MinuteRow
from pipeline.messages import Alert
from stages.alerts.stage import EVERY_S
from stages.alerts.watch import Memory, Watch
from stages.alerts.world import SETTLE_S, Crossing, Person, World

LEAD_S = 3600.0
"""Seconds before the period that are evaluated, too, in addition to the longest window and hold: an alert may have been
raised then."""


@dataclass(slots=True)
class _Part:
    """What one process of the history recorded of one camera."""

    ended_s: float = 0.0
    events: list[EventRow] = field(default_factory=list)
    sums: list[MinuteRow] = field(default_factory=list)
    """Minutes of everybody, where no single people were recorded."""
    seen_s: dict[Person, float] = field(default_factory=dict)
    """End of the last minute in which each person was seen."""


def replay(
    rules: Sequence[Rule],
    events: Iterable[EventRow],
    minutes: Iterable[MinuteRow],
    from_s: float,
    to_s: float,
    least: int = 1,
) -> Iterator[Alert]:
    """Yield each alert when it would have been raised, and again when it would have been cleared, by camera.

    Args:
        rules: The alerts.
        events: Rows of the history, in order of time, also from before and behind the period.
        minutes: The same of its minutes.
        from_s: Start of the period, UNIX seconds.
        to_s: Its end.
        least: Fewest people about whom anything is known.
    """
    parts = _parts(events, minutes, to_s)
    limits = [max([r.condition.hold_s, *(q.window_s for q in r.condition.quantities())]) for r in rules]
    longest_s = max(limits, default=0.0)
    start_s = from_s - LEAD_S - longest_s
    for camera in sorted({camera for rule in rules for camera in rule.cameras}):
        memory = Memory()
        for part in parts.get(camera, ()):
            for alert in _replay_part([r for r in rules if camera in r.cameras], camera, part, start_s, least, memory):
                if isinstance(alert, Memory):
                    memory = alert
                elif from_s <= (alert.cleared_s or alert.raised_s) < to_s:
                    yield alert


def _parts(events: Iterable[EventRow], minutes: Iterable[MinuteRow], to_s: float) -> dict[str, list[_Part]]:
    """Return the parts of each camera, in order of time."""
    rows = list(events)
    begins = [float("-inf"), *_starts(rows), float("inf")]
    ends: dict[int, float] = {}
    parts: dict[str, dict[int, _Part]] = {}
    runs: dict[tuple[str, int], int] = {}

    def part_of(row: EventRow | MinuteRow, length_s: float) -> _Part:
        # a minute may begin before the process that recorded it
        number = runs.setdefault((row.camera, row.run), bisect_right(begins, row.at) - 1)
        ends[number] = max(ends.get(number, 0.0), min(row.at + length_s, begins[number + 1]))
        return parts.setdefault(row.camera, {}).setdefault(number, _Part())

    for row in rows:
        if row.camera:  # a marker has none
            part_of(row, 0.0).events.append(row)
    for minute in minutes:
        part = part_of(minute, PERIOD_S)
        if minute.track:
            part.seen_s[minute.since / 1e3, minute.track] = minute.at + PERIOD_S
        else:
            part.sums.append(minute)
    for own in parts.values():
        for number, part in own.items():
            # the process that recorded one camera then recorded the others, too
            part.ended_s = min(ends[number], to_s)
            if _last_state(part) == "ended":
                # with the run: the next one finds its alerts raised
                part.ended_s = min(to_s, max(row.at for row in part.events if row.after == "ended"))
                part.events = [row for row in part.events if row.at < part.ended_s]
            elif number == max(ends) and _last_state(part) not in ("live", ""):
                # a camera that is away records nothing
                part.ended_s = to_s
    return {camera: [own[number] for number in sorted(own)] for camera, own in parts.items()}


def _last_state(part: _Part) -> str:
    return next((row.after for row in reversed(part.events) if row.type == "camera"), "")


def _starts(events: Iterable[EventRow]) -> Iterator[float]:
    """Yield when each process began, but for one that continued the runs of the one before."""
    runs: dict[str, int] = {}
    last_s = float("-inf")
    for row in events:
        if row.type != "camera":
            continue
        if not row.before and runs.get(row.camera) != row.run:
            # the cameras of one process begin within moments
            if row.at - last_s > PERIOD_S:
                yield row.at
            last_s = row.at
        runs[row.camera] = row.run


def _replay_part(
    rules: Sequence[Rule], camera: str, part: _Part, start_s: float, least: int, memory: Memory
) -> Iterator[Alert | Memory]:
    happened = sorted(_happened(part), key=lambda one: one[0])
    state, open_, inside = "", dict[Person, tuple[float, str]](), dict[tuple[str, Person], float]()
    before = [one for one in happened if one[0] < start_s]
    for at_s, earlier in before:
        match earlier:
            case CameraEvent():
                state = earlier.state
            case AppearedEvent():
                open_[earlier.since, earlier.track] = earlier.captured_at, earlier.label
            case ChangedEvent() if known := open_.get((earlier.since, earlier.track)):
                open_[earlier.since, earlier.track] = known[0], earlier.after
            case LostEvent():
                open_.pop((earlier.since, earlier.track), None)
            case Crossing(zone, person, True):
                inside[zone, person] = at_s
            case Crossing(zone, person, False):
                inside.pop((zone, person), None)
    first_s = max(start_s, happened[0][0] if happened else part.ended_s)
    if first_s >= part.ended_s:
        return
    if before:
        stays = [(camera, "", person, at_s) for person, (at_s, _) in open_.items()]
        stays += [(camera, zone, person, at_s) for (zone, person), at_s in inside.items()]
        memory = Memory(kept=memory.kept, stays=tuple(stays))
    watch = Watch(rules, [camera], first_s, least, memory)
    world = watch.worlds[camera]
    coming = [one for one in happened[len(before) :] if one[0] <= part.ended_s]
    if before:
        entered = [(first_s, Crossing(zone, person, True)) for zone, person in inside]
        coming = [(first_s, _camera(camera, first_s, state)), *_opened(camera, first_s, open_), *entered, *coming]
    now_s = first_s
    end: list[tuple[float, AnyEvent | MinuteRow | Crossing | None]] = [*coming, (part.ended_s, None)]
    for at_s, what in end:
        while now_s + EVERY_S < at_s:
            now_s += EVERY_S
            yield from _step(watch, world, camera, now_s)
        now_s = max(now_s, at_s)
        if isinstance(what, MinuteRow):
            world.summed(what.people, dict(what.seconds), now_s)
        elif what is not None:
            if world.live:
                world.see(now_s)
            watch.take(camera, what, now_s)
        yield from _step(watch, world, camera, now_s)
    yield watch.memory()


def _step(watch: Watch, world: World, camera: str, at_s: float) -> list[Alert]:
    if world.live:
        world.see(at_s)
    return watch.evaluate(camera, at_s)


def _opened(camera: str, at_s: float, people: dict[Person, tuple[float, str]]) -> Iterator[tuple[float, AnyEvent]]:
    for (since, track), (_, label) in people.items():
        yield at_s, AppearedEvent(**_head(camera, at_s), since=since, track=track, label=label)


def _happened(part: _Part) -> Iterator[tuple[float, AnyEvent | MinuteRow | Crossing]]:
    """Yield the events of a part, and its sums over all people."""
    present: dict[Person, float] = {}
    for row in part.events:
        person = row.since / 1e3, row.track
        head = {**_head(row.camera, row.at), "since": person[0], "track": row.track}
        match row.type:
            case "camera":
                yield row.at, _camera(row.camera, row.at, row.after)
            case "zone_entered" | "zone_left":
                yield row.at, Crossing(row.zone, person, row.type == "zone_entered")
            case "appeared":
                present[person] = row.at
                yield row.at, AppearedEvent(**head, label=row.after)
            case "changed":
                yield row.at, ChangedEvent(**head, before=row.before, after=row.after, confidence=0.0)
            case "lost":
                present.pop(person, None)
                yield row.at, LostEvent(**head, duration_ms=1e3 * row.seconds, emotions_ms={})
    yield from _left(part, present)
    yield from _sums(part)
    rows: list[EventRow | MinuteRow] = [*part.events, *part.sums]
    first = min(rows, key=lambda row: row.at, default=None)
    if first and not (isinstance(first, EventRow) and first.type == "camera"):
        # its row was deleted: the camera was live before
        yield (at_s := first.at - 2 * SETTLE_S), _camera(first.camera, at_s, "live")


def _left(part: _Part, present: dict[Person, float]) -> Iterator[tuple[float, AnyEvent]]:
    """Yield the end of people of whom none was recorded: after the last minute in which they were seen."""
    for (since, track), at_s in present.items():
        end_s = min(max(at_s, part.seen_s.get((since, track), 0.0)), part.ended_s)
        head = _head(part.events[0].camera, end_s)
        if end_s < part.ended_s:
            yield end_s, LostEvent(**head, since=since, track=track, duration_ms=0.0, emotions_ms={})


def _sums(part: _Part) -> Iterator[tuple[float, MinuteRow]]:
    """Yield minutes of everybody, and one without people behind the last of each row of them."""
    for minute, following in zip_longest(part.sums, part.sums[1:]):
        yield minute.at, minute
        end_s = minute.at + PERIOD_S
        if following is None or following.at > end_s:
            nobody = {"people": 0, "looks": 0, "confidence": 0.0, "seconds": {}, "run": 0, "track": 0, "since": 0}
            yield min(end_s, part.ended_s), MinuteRow(at=int(end_s), camera=minute.camera, **nobody)  # type: ignore[arg-type]


def _camera(camera: str, at_s: float, state: str) -> CameraEvent:
    return CameraEvent(**_head(camera, at_s), state=state, error=None, width=0, height=0, fps=0.0)  # type: ignore[arg-type]


def _head(camera: str, at_s: float) -> dict[str, Any]:
    return {"camera": camera, "seq": 0, "pts_ms": 0.0, "captured_at": at_s, "published_at": at_s, "model": ""}
