"""What is known of one camera at one time: who is in view and in each zone, and for how long."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from models.over_time.cadence import SLACK
from pipeline.alerts.condition import Quantity, Reading
from pipeline.events import AppearedEvent, CameraEvent, ChangedEvent, LostEvent, ZoneEnteredEvent, ZoneLeftEvent
from stages.alerts.machine import GAP_S
from stages.alerts.window import Window

SETTLE_S = 5.0
"""Seconds after a camera starts in which people are still being found, so that nothing is known about them."""
UNKNOWN, UNKNOWN_SHARE = Reading(0.0, float("inf"), measured=False), Reading(0.0, 1.0, measured=False)

Person = tuple[float, int]
"""Start of the track numbering, UNIX seconds, and track."""


class Crossing(NamedTuple):
    """A person entered or left a zone, as a history keeps it."""

    zone: str
    person: Person
    inside: bool


@dataclass(slots=True)
class _Stay:
    since_s: float
    exact: bool
    """Whether it began then, and not earlier, without the camera."""


@dataclass(slots=True)
class Place:
    """The whole frame, or a zone."""

    people: dict[Person, _Stay] = field(default_factory=dict)
    windows: dict[float, Window] = field(default_factory=dict)
    left_s: float = 0.0
    """When the last person left, or when the camera started."""
    empty_exact: bool = False
    """Whether somebody left then."""


class World:
    """One camera. Times are UNIX seconds of its stream.

    Args:
        quantities: Where each quantity of the rules is measured: zone and quantity; the zone "" is the whole frame.
        at_s: Now.
        least: Fewest people about whom anything is known; 1: no limit.
        stays: What an earlier process knew: since when a person is in a zone.
    """

    def __init__(
        self, quantities: Iterable[tuple[str, Quantity]], at_s: float, least: int, stays: dict[str, dict[Person, float]]
    ) -> None:
        self.places: dict[str, Place] = {"": Place()}
        for zone, quantity in quantities:
            place = self.places.setdefault(zone, Place())
            if quantity.window_s:
                place.windows.setdefault(quantity.window_s, Window(quantity.window_s))
        self._least = max(1, least)
        self._stays = stays
        self._labels: dict[Person, str] = {}
        self._state = ""
        self.gap_s = GAP_S
        """Longest time without a frame, seconds, in which the camera is still live; longer for one that sends few."""
        self._began_s = self.time_s = at_s
        self._live_s: float | None = None
        """Time of the last live frame; None before the first."""
        self._settled_s = at_s
        self._sums: tuple[int, dict[str, float]] | None = None

    def take(self, event: Any, at_s: float) -> None:
        """Process an event.

        Args:
            event: An event of the camera.
            at_s: Its time.
        """
        self.advance(at_s)
        match event:
            case CameraEvent():
                if event.state == "live" and self._state != "live":
                    self._settle()
                self._state = event.state
                self.gap_s = max(GAP_S, SLACK / event.fps if event.fps else 0.0)
            case AppearedEvent():
                person = event.since, event.track
                for other in [one for one in self._labels if one[0] != event.since]:
                    self._forget(other)
                self._labels[person] = event.label
                self._enter("", person)
            case ChangedEvent():
                self._labels[event.since, event.track] = event.after
            case LostEvent():
                self._depart("", (event.since, event.track))
            case Crossing(zone, person, inside):
                (self._enter if inside else self._depart)(zone, person)
            case ZoneEnteredEvent():
                self._enter(event.zone, (event.since, event.track))
            case ZoneLeftEvent():
                self._depart(event.zone, (event.since, event.track))

    def summed(self, people: int, seconds: dict[str, float], at_s: float) -> None:
        """Set what a sum over all people says, instead of events about each.

        Args:
            people: Number of people.
            seconds: Seconds each label was shown.
            at_s: Time from which it counts.
        """
        self.advance(at_s)
        place = self.places[""]
        if self._sums and self._sums[0] and not people:
            place.left_s, place.empty_exact = self.time_s, True
        self._sums = people, seconds

    def see(self, at_s: float) -> None:
        """Note that the camera is live."""
        self.advance(at_s)
        if self._live_s is None or at_s - self._live_s > self.gap_s:
            self._settle()
        self._live_s = self.time_s

    def restart(self) -> None:
        """Note that people are numbered again, as after a restart of `detect`: they are still being found."""
        self._settle()

    def advance(self, at_s: float) -> None:
        """Continue until now."""
        passed_s = at_s - self.time_s
        if passed_s < -GAP_S or (passed_s > self.gap_s and self._state == "live"):
            # the clock was set, or nothing was received: this time does not count
            self._shift(passed_s)
        elif passed_s <= 0:
            return
        elif self._is_known():
            for place in self.places.values():
                labels = [self._labels.get(person, "uncertain") for person in place.people]
                for window in place.windows.values():
                    window.add(labels, passed_s, at_s)
        self.time_s = at_s

    @property
    def live(self) -> bool:
        """Whether the camera's last state is live."""
        return self._state == "live"

    @property
    def ended(self) -> bool:
        """Whether it is a recording that has ended."""
        return self._state == "ended"

    def read(self, zone: str, quantity: Quantity) -> Reading:
        """Return what is known of a quantity now."""
        if quantity.name == "offline":
            return self._offline()
        place = self.places[zone]
        summed_up = self._sums and (zone or quantity.name == "dwell" or (quantity.name == "count" and quantity.labels))
        if not self._is_known() or summed_up:
            return UNKNOWN_SHARE if quantity.name == "share" else UNKNOWN
        people = self._sums[0] if self._sums else len(place.people)
        match quantity.name:
            case "count":
                number = people
                if quantity.labels:
                    number = sum(self._labels.get(one) in quantity.labels for one in place.people)
                return Reading.exactly(number) if number >= self._least else Reading(0, self._least - 1)
            case "share":
                share = self._share(place, quantity)
                return UNKNOWN_SHARE if share is None or people < self._least else Reading.exactly(share)
            case "dwell":
                return self._dwell(place)
        if people:
            return Reading.exactly(0.0)
        empty_s = self.time_s - place.left_s
        return Reading(empty_s, empty_s if place.empty_exact else float("inf"))

    def stays(self) -> Iterator[tuple[str, Person, float]]:
        """Yield since when each person is in each zone, if it is known."""
        for zone, place in self.places.items():
            for person, stay in place.people.items():
                if stay.exact:
                    yield zone, person, stay.since_s

    def _is_known(self) -> bool:
        """Return whether people in view are known."""
        seen = self._live_s is not None and self.time_s - self._live_s <= self.gap_s
        return self._state == "live" and seen and self.time_s >= self._settled_s

    def _offline(self) -> Reading:
        if self._live_s is None:
            return Reading(self.time_s - self._began_s, float("inf"))
        silent_s = self.time_s - self._live_s
        return Reading.exactly(0.0 if self._state == "live" and silent_s <= self.gap_s else silent_s)

    def _share(self, place: Place, quantity: Quantity) -> float | None:
        if not self._sums:
            if not place.people:
                return None
            share = place.windows[quantity.window_s].share(quantity.labels, self.time_s)
            if share is not None:
                return share
            # the first moment
            shown = [self._labels.get(person, "uncertain") for person in place.people]
            return sum(label in quantity.labels for label in shown) / len(shown)
        _, seconds = self._sums
        total = sum(seconds.values())
        return sum(seconds.get(label, 0.0) for label in quantity.labels) / total if total else None

    def _dwell(self, place: Place) -> Reading:
        stays = [(self.time_s - stay.since_s, stay.exact) for stay in place.people.values()]
        longest = max((seconds for seconds, _ in stays), default=0.0)
        return Reading(longest, longest if all(exact for _, exact in stays) else float("inf"))

    def _settle(self) -> None:
        self._settled_s = self.time_s + SETTLE_S
        for place in self.places.values():
            place.left_s, place.empty_exact = self.time_s, False

    def _enter(self, zone: str, person: Person) -> None:
        if zone not in self.places:
            return
        known = self._stays.get(zone, {}).pop(person, None)
        since_s = self.time_s if known is None else known
        self.places[zone].people.setdefault(person, _Stay(since_s, known is not None or self._is_known()))

    def _forget(self, person: Person) -> None:
        """Forget a person of an earlier track numbering."""
        for zone in self.places:
            self._depart(zone, person)

    def _depart(self, zone: str, person: Person) -> None:
        place = self.places.get(zone)
        if place and place.people.pop(person, None) and not place.people:
            place.left_s, place.empty_exact = self.time_s, True
        # the events of a zone end a visit later than those of the whole frame
        if not any(person in other.people for other in self.places.values()):
            self._labels.pop(person, None)

    def _shift(self, seconds: float) -> None:
        for place in self.places.values():
            place.left_s += seconds
            for stay in place.people.values():
                stay.since_s += seconds
            for window in place.windows.values():
                window.clear()
        self._settled_s += seconds
        self._began_s += min(0.0, seconds)
        if self._live_s is not None:
            self._live_s += min(0.0, seconds)
