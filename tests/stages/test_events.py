"""Events published about frames, received by a subscriber."""

from collections.abc import Callable, Iterator
from typing import Any

import msgpack
import pytest
import zmq

from pipeline.config.options import Problems, read_table, stage_keys
from pipeline.errors import ConfigError
from pipeline.messages import BLENDSHAPES, Frame
from stages.event_stream import STATE_EVERY_S
from stages.events import Events
from tests.support.frames import make_face, make_frame


class Listener:
    """Publishes frames and returns what a subscriber made of it."""

    def __init__(self, stage: Events) -> None:
        self.stage = stage
        self.clock = 1e9
        stage.stream.now = lambda: self.clock
        self._socket = zmq.Context.instance().socket(zmq.SUB)
        self._socket.subscribe("")
        self._socket.connect(stage.address)
        # a subscription takes a moment to reach the publisher
        while not self._socket.poll(20):
            self.send(make_frame(camera="probe", run=self.clock))
            self.clock += STATE_EVERY_S
        while self._socket.poll(50):
            self._socket.recv_multipart()

    def send(self, *frames: Frame) -> None:
        """Let the stage publish frames."""
        assert list(self.stage.process(frames)) == []

    def heard(self, *frames: Frame) -> list[tuple[str, dict[str, Any]]]:
        """Return topics and events of what is published of frames."""
        before = self.stage.counts["events"]
        self.send(*frames)
        return self._received(before)

    def kept(self, *cameras: str) -> list[tuple[str, dict[str, Any]]]:
        """Return topics and events of what is published when these are the run's cameras."""
        before = self.stage.counts["events"]
        self.stage.keep(set(cameras))
        return self._received(before)

    def _received(self, before: int) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for _ in range(self.stage.counts["events"] - before):
            assert self._socket.poll(5000)
            topic, data = self._socket.recv_multipart()
            found.append((topic.decode(), msgpack.unpackb(data)))
        assert not self._socket.poll(0)
        return found

    def close(self) -> None:
        """Stop both."""
        self._socket.close(0)
        self.stage.close()


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    """Return what makes a stage with options, and listens to it."""
    made = []

    def make(**options: Any) -> Listener:
        made.append(Listener(Events(address="tcp://127.0.0.1:*", **options)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_an_observation_has_the_pose_of_the_head(listen: Callable[..., Listener]) -> None:
    """In degrees; null where it was not measured."""
    measured = {"facing": False, "eye_left": 0.25, "eye_right": 0.31, "mouth": 0.5, "blinks": 4}
    scores = tuple(n / 52 for n in range(52))
    faces = [make_face(1, yaw=-31.5, pitch=4.0, roll=12.25, blendshapes=scores, **measured), make_face(track=2)]
    found = [event for _, event in listen().heard(make_frame(0, faces)) if event["type"] == "observation"]

    assert [(e["yaw"], e["pitch"], e["roll"]) for e in found] == [(-31.5, 4.0, 12.25), (None, None, None)]
    assert [{name: e[name] for name in measured} for e in found] == [measured, dict.fromkeys(measured)]
    assert [e["blendshapes"] for e in found] == [dict(zip(BLENDSHAPES, scores, strict=True)), None]


def test_a_person_comes_changes_and_leaves(listen: Callable[..., Listener]) -> None:
    """Each event is under its topic, numbered without a gap, with the times of its picture."""
    sad = make_face(label="sad", confidence=0.6)
    found = listen().heard(make_frame(0, [make_face()]), make_frame(1, [sad]), make_frame(12))
    events = [event for _, event in found]

    assert [(topic, e["type"]) for topic, e in found] == [
        ("camera.hall", "camera"),
        ("emotion.hall.1", "appeared"),
        ("emotion.hall.1", "observation"),
        ("emotion.hall.1", "changed"),
        ("emotion.hall.1", "observation"),
        ("emotion.hall.1", "lost"),
    ]
    assert [e["seq"] for e in events] == [0, 1, 2, 3, 4, 5]
    assert {(e["v"], e["camera"], e["model"]) for e in events} == {(1, "hall", "fast-1234")}
    assert [e["pts_ms"] for e in events] == [0.0, 0.0, 0.0, 100.0, 100.0, 1200.0]
    assert events[2]["captured_at"] == 1e9
    assert events[2]["box"] == {"x": 1.0, "y": 2.0, "width": 30.0, "height": 40.0}
    assert events[2]["raw"]["happy"] == 0.7
    assert (events[3]["from"], events[3]["to"], events[3]["confidence"]) == ("happy", "sad", 0.6)
    assert (events[5]["duration_ms"], events[5]["emotions_ms"]) == (100.0, {"happy": 100.0})


def test_a_face_that_was_not_classified_has_no_probabilities(listen: Callable[..., Listener]) -> None:
    """`raw` is nil, and the label stays."""
    (*_, (_, event)) = listen().heard(make_frame(0, [make_face(raw=None)]))

    assert (event["raw"], event["fused"]["happy"], event["label"]) == (None, 0.7, "happy")


def test_a_state_is_said_when_it_changes_and_every_few_seconds(listen: Callable[..., Listener]) -> None:
    """A subscriber that comes late learns it without a change."""
    listener = listen()

    assert len(listener.heard(make_frame(0), make_frame(1))) == 1
    offline = make_frame(2, state="offline", error="no route")
    assert [e["error"] for _, e in listener.heard(offline, offline)] == ["no route"]
    full = make_frame(3, saving=2)
    assert [e["saving"] for _, e in listener.heard(full, full)] == [2]
    listener.heard(offline)
    listener.clock += STATE_EVERY_S
    assert [e["state"] for _, e in listener.heard(offline)] == ["offline"]


def test_a_camera_that_was_removed_is_published(listen: Callable[..., Listener]) -> None:
    """Its people leave, and its last event says why."""
    listener = listen()
    listener.heard(make_frame(0, [make_face(1)]))

    assert [(topic, e["type"], e.get("removed")) for topic, e in listener.kept("probe")] == [
        ("emotion.hall.1", "lost", None),
        ("camera.hall", "camera", True),
    ]


def test_everyone_leaves_with_the_stream(listen: Callable[..., Listener]) -> None:
    """Also when the camera's process restarts; the numbers of its events continue."""
    listener = listen()
    listener.heard(make_frame(0, [make_face(1), make_face(2)]))
    found = listener.heard(make_frame(0, [make_face(1)], run=2))
    ended = listener.heard(make_frame(1, state="ended", run=2))

    assert [e["type"] for _, e in found] == ["lost", "lost", "appeared", "observation"]
    assert found[0][1]["seq"] == 5
    assert [e["since"] for _, e in found] == [1e-9, 1e-9, 2e-9, 2e-9]
    assert [e["type"] for _, e in ended] == ["camera", "lost"]


def test_people_counted_anew_are_others(listen: Callable[..., Listener]) -> None:
    """The stage that follows them started again: those it knew have left, and events say whom a number means."""
    listener = listen()
    listener.heard(make_frame(0, [make_face(1)], counted_ns=5 * 10**9))
    found = listener.heard(make_frame(1, [make_face(1)], counted_ns=8 * 10**9))

    assert [(e["type"], e["since"]) for _, e in found] == [("lost", 5.0), ("appeared", 8.0), ("observation", 8.0)]


def test_observations_can_be_fewer(listen: Callable[..., Listener]) -> None:
    """At 5 Hz it is every second picture of 10, for each person on their own; nothing else gets lost."""
    listener = listen(observations_hz=5.0)
    frames = [make_frame(n, [make_face(1), *([make_face(2)] if n else [])]) for n in range(5)]
    seen = [(e["frame"], e["track"]) for _, e in listener.heard(*frames) if e["type"] == "observation"]

    assert seen == [(0, 1), (1, 2), (2, 1), (3, 2), (4, 1)]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:port", "nonsense"])
def test_an_address_that_cannot_be_is_refused(address: str) -> None:
    """In one line that shows it."""
    with pytest.raises(ConfigError, match=address):
        Events(address=address)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"observations_hz": -1.0}, "a number, at least 0, found -1.0"),
        ({"address": "nonsense"}, "text, such as tcp://127.0.0.1:5556, found 'nonsense'"),
        ({"address": "tcp://127.0.0.1:65536"}, "text, such as tcp://127.0.0.1:5556, found 'tcp://127.0.0.1:65536'"),
        ({"address": "tcp://127.0.0.1:65535"}, ""),
        ({"address": "tcp://*:*"}, ""),
        ({"address": "ipc:///tmp/events"}, ""),
    ],
)
def test_options_out_of_range_are_refused_in_a_config(options: dict[str, Any], expected: str) -> None:
    """Before anything starts, with what is expected."""
    problems = Problems()
    read_table("output.events", options, stage_keys(Events), problems)

    assert [problem.partition("expected ")[2] for problem in problems] == ([expected] if expected else [])


def test_each_event_has_a_time(listen: Callable[..., Listener]) -> None:
    """Also those without a frame: before the first one, and at the end of a stream. None is before the last one."""
    listener = listen()
    taken_ns = round((listener.clock + 0.1) * 1e9)
    frames = (
        make_frame(state="connecting", captured_ns=0),
        make_frame(faces=[make_face(track=1)], captured_ns=taken_ns),
        make_frame(state="ended", captured_ns=0),
    )

    (_, first), *_, (_, ended), (_, lost) = listener.heard(*frames)
    assert first["captured_at"] == listener.clock
    assert (ended["type"], lost["type"]) == ("camera", "lost")
    assert ended["captured_at"] == lost["captured_at"] == taken_ns / 1e9
