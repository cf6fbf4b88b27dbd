"""Events with `aggregate_only`."""

import pytest
from msgspec.structs import replace

from pipeline.events import AggregateEvent, AnyEvent, CameraEvent, topic_of
from pipeline.messages import Box, Face, Frame, Label
from stages.event_stream import EventStream


class Told:
    """What is said of people who are summed up over periods of ten seconds."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []
        self.stream = EventStream(aggregate_s=10.0, min_people=1)

    def process(self, *frames: Frame) -> list[AnyEvent]:
        """Return what these frames had it say, cameras' states excepted."""
        before = len(self.events)
        self.events += [event for frame in frames for event in self.stream.read(frame)]
        return [event for event in self.events[before:] if not isinstance(event, CameraEvent)]


@pytest.fixture
def told() -> Told:
    """Return one that has heard of nobody."""
    return Told()


def frame(at_s: float, *people: tuple[int, Label], run: int = 1) -> Frame:
    """Return a live frame with people."""
    faces = tuple(
        Face(track=track, box=Box(x=1, y=1, width=9, height=9), score=0.9, label=label, confidence=0.5)
        for track, label in people
    )
    return Frame(
        camera="hall", run=run, captured_ns=int(at_s * 1e9), pts_ns=int(at_s * 1e9), faces=faces, model="fast-1"
    )


def test_only_sums_are_published(told: Told) -> None:
    """When a period is over, one event says what everybody showed in it; no track and no box is in any event."""
    quiet = told.process(*(frame(100 + i / 2, (7, "happy"), (8, "sad")) for i in range(20)))
    found = told.process(frame(110, (7, "happy")))

    assert quiet == []
    assert [type(event) for event in found] == [AggregateEvent]
    event = found[0]
    assert isinstance(event, AggregateEvent)
    assert (event.began_at, event.period_s, event.people, event.looks, event.confidence) == (100, 10, 2, 40, 0.5)
    assert event.emotions_ms == {"happy": 9500.0, "sad": 9500.0}
    assert topic_of(event) == "aggregate.hall"
    assert not any(hasattr(event, name) for event in told.events for name in ("track", "box"))


def test_a_period_without_people_is_told_too(told: Told) -> None:
    """Silence would look like a camera that is gone."""
    found = told.process(*(frame(100.0 + i) for i in range(25)))

    assert [(event.began_at, event.people) for event in found if isinstance(event, AggregateEvent)] == [
        (100, 0),
        (110, 0),
    ]


@pytest.mark.parametrize(
    "then",
    [
        replace(frame(103), state="ended"),
        replace(frame(111), state="offline"),
        frame(104, run=2),
    ],
)
def test_what_was_seen_before_a_camera_goes_is_told(told: Told, then: Frame) -> None:
    """The sum is published once, when the camera goes."""
    told.process(frame(101, (7, "happy")), frame(101.5, (7, "happy")))
    first, second = told.process(then), told.process(replace(then, state="offline"))

    assert [event.emotions_ms for event in first if isinstance(event, AggregateEvent)] == [{"happy": 500.0}]
    assert [event.looks for event in second if isinstance(event, AggregateEvent)] in ([], [0])


@pytest.mark.parametrize(("people", "published"), [(0, None), (1, None), (4, None), (5, 5)])
def test_a_sum_about_few_people_says_only_that(people: int, published: int | None) -> None:
    """Also of nobody: else the other answer would tell of somebody."""
    stream = EventStream(aggregate_s=10.0)
    everybody: list[tuple[int, Label]] = [(track, "sad") for track in range(people)]
    found = [event for at_s in (100.0, 100.5, 110.0) for event in stream.read(frame(at_s, *everybody))]
    (event,) = [event for event in found if isinstance(event, AggregateEvent)]

    assert event.people == published
    assert (bool(event.looks), bool(event.confidence), bool(event.emotions_ms)) == (bool(published),) * 3
