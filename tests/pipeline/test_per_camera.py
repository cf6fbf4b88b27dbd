"""State per camera, and when it is discarded."""

from collections.abc import Sequence

import pytest

from pipeline.messages import Frame
from pipeline.per_camera import PerCamera
from pipeline.stage import Stage


def frame(camera: str = "a", run: int = 1, counted_ns: int = 0) -> Frame:
    """Return a frame of a stream and of the people counted in it."""
    return Frame(camera=camera, run=run, counted_ns=counted_ns)


@pytest.mark.parametrize(
    ("each", "second", "is_same"),
    [
        ("stream", frame(), True),
        ("stream", frame(counted_ns=5), True),  # only the stage that tracks faces was restarted
        ("stream", frame(run=2), False),
        ("people", frame(), True),
        ("people", frame(counted_ns=5), False),
        ("people", frame(run=2), False),
    ],
)
def test_a_state_lasts_as_long_as_its_identity(each: str, second: Frame, is_same: bool) -> None:
    """A state lasts for one stream or one numbering; other cameras keep theirs."""
    states = PerCamera(lambda of: [of], each=each)  # type: ignore[arg-type]
    first, other = states.of(frame()), states.of(frame("b"))

    assert (states.of(second) is first) is is_same
    assert states.of(frame("b")) is other
    assert len(states) == 2


def test_what_ended_is_returned_once() -> None:
    """A stage can complete a table before the next stream begins."""
    states = PerCamera(lambda of: [of.run], each="stream")
    first = states.of(frame())

    assert states.take_ended(frame()) is None
    assert states.take_ended(frame(run=2)) is first
    assert states.take_ended(frame(run=2)) is None
    assert states.get(frame(run=2)) is None
    assert states.of(frame(run=2)) == [2]


def test_the_last_frame_of_a_camera_has_its_identity() -> None:
    """So a stage completes the people that it knows."""
    states = PerCamera(lambda of: of.camera, each="people")
    states.of(frame(counted_ns=5))

    assert [one.start for one in states.gone({"b"})] == [frame(counted_ns=5).start]
    assert states.gone({"a"}) == []


def test_cameras_that_were_removed_are_forgotten() -> None:
    """Their states are returned; one of the same name begins again."""
    states = PerCamera(lambda of: [of.camera], each="stream")
    first, other = states.of(frame()), states.of(frame("b"))

    assert states.keep({"b", "c"}) == {"a": first}
    assert states.keep({"b", "c"}) == {}
    assert (states.get(frame()), states.of(frame("b"))) == (None, other)


class Counting(Stage):
    """A stage that remembers something of each camera."""

    def __init__(self) -> None:
        self.seen = PerCamera(lambda of: [of.camera], each="people")

    def process(self, frames: Sequence[Frame]) -> list[Frame]:
        """Remember the cameras."""
        for one in frames:
            self.seen.of(one)
        return []


def test_a_stage_forgets_removed_cameras_by_itself() -> None:
    """One that publishes nothing about them need not do anything."""
    stage = Counting()
    stage.process([frame(), frame("b")])
    stage.keep({"b", "c"})

    assert dict(stage.seen.items()) == {"b": ["b"]}
