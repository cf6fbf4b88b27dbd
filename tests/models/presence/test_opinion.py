"""When the landmark network is asked about a track, and when its answer changes something."""

import numpy as np
import pytest

from models.detectors import Framing
from models.presence.landmarks import POINTS, LandmarkNetwork, Landmarks, Square
from models.presence.opinion import ALERT_S, CALM_S, FORGET_S, Opinion, SecondOpinion
from tests.support.heads import turned

FPS = 30
PICTURE = np.zeros((96, 64), np.uint8)
BOX = np.array([10, 10, 20, 20], np.float32)


class Scripted(LandmarkNetwork):
    """Gives prepared answers and counts the questions."""

    def __init__(self) -> None:
        self.presence = 1.0
        self.yaw = 0.0
        self.calls = 0

    def find(self, picture: np.ndarray, square: Square, full_range: bool = False) -> Landmarks:
        """Return the answer."""
        assert POINTS == 468
        self.calls += 1
        return Landmarks(self.presence, turned(self.yaw, 0, 0).astype(np.float32))


@pytest.fixture
def network() -> Scripted:
    """Return a network that sees faces."""
    return Scripted()


def make(network: LandmarkNetwork | None) -> SecondOpinion:
    """Return the opinion of one camera."""
    return SecondOpinion(network, Framing(1.17, 0.09), 0.5)


def ask(opinion: SecondOpinion, begin_s: float, seconds: float, track: int = 1) -> list[Opinion]:
    """Return the opinion on a track in every frame of a time."""
    times = begin_s + np.arange(round(seconds * FPS)) / FPS
    return [opinion.on(track, PICTURE, BOX, 0.0, float(t)) for t in times]


def test_a_new_face_is_accepted_at_once_with_its_pose(network: Scripted) -> None:
    """In its first frame."""
    network.yaw = 30
    (first,) = ask(make(network), 5.0, 1 / FPS)

    assert (first.person, first.readable) == (1, True)
    assert first.pose == pytest.approx((30, 0, 0), abs=1e-4)


@pytest.mark.parametrize(
    ("presence", "yaw", "every_s"), [(1.0, 0.0, CALM_S), (1.0, 45.0, ALERT_S), (0.0, 0.0, ALERT_S)]
)
def test_calm_faces_are_asked_about_rarely(network: Scripted, presence: float, yaw: float, every_s: float) -> None:
    """Those that are turned or refused more often."""
    network.presence, network.yaw = presence, yaw
    ask(make(network), 0.0, 10)

    assert network.calls == pytest.approx(10 / every_s, abs=1)


def test_what_is_no_face_is_nobody_until_it_is(network: Scripted) -> None:
    """A track that turns into a face is accepted within three answers; one lucky answer is not enough."""
    opinion = make(network)
    network.presence = 0.1
    before = ask(opinion, 0.0, 3)
    network.presence = 1.0
    lucky = ask(opinion, 3.0, ALERT_S)
    network.presence = 0.1
    unlucky = ask(opinion, 3.0 + ALERT_S, 1)
    network.presence = 1.0
    after = ask(opinion, 5.0, 1)

    assert {(o.person, o.readable, o.pose) for o in before} == {(0, False, None)}
    assert {o.person for o in lucky + unlucky} == {0}
    assert [o.person for o in after].index(1) <= 3 * ALERT_S * FPS
    assert after[-1].person == 1 and after[-1].pose is not None


def test_people_are_numbered_without_gaps(network: Scripted) -> None:
    """A refused track takes no number; one that was accepted keeps its own, also after it was refused."""
    opinion = make(network)
    network.presence = 0.0
    ask(opinion, 0.0, 1, track=1)
    network.presence = 1.0
    assert ask(opinion, 1.0, 1, track=2)[-1].person == 1
    assert ask(opinion, 2.0, 1, track=1)[-1].person == 2
    network.presence = 0.0
    assert ask(opinion, 3.0, 3, track=2)[-1].person == 0
    network.presence = 1.0
    assert ask(opinion, 6.0, 1, track=2)[-1].person == 1


def test_a_hand_before_a_face_does_not_end_the_person(network: Scripted) -> None:
    """It is not readable meanwhile; what hides it for longer does end it."""
    opinion = make(network)
    ask(opinion, 0.0, 1)
    network.presence = 0.0
    covered = ask(opinion, 1.0, 0.8)
    network.presence = 1.0
    again = ask(opinion, 1.8, 1.2)
    network.presence = 0.0
    gone = ask(opinion, 3.0, 1.6)

    assert {o.person for o in covered} == {1}
    assert not covered[-1].readable and covered[-1].pose is None
    assert again[-1].readable
    assert gone[-1].person == 0


def test_time_that_jumps_back_asks_again(network: Scripted) -> None:
    """The answer of another time does not count."""
    opinion = make(network)
    ask(opinion, 100.0, 1)
    calls = network.calls
    network.presence = 0.0
    (answer,) = ask(opinion, 3.0, 1 / FPS)

    assert network.calls == calls + 1
    assert not answer.readable


def test_absent_tracks_are_forgotten(network: Scripted) -> None:
    """Not before any tracker forgets them."""
    opinion = make(network)
    ask(opinion, 0.0, 1)
    opinion.forget(FORGET_S)
    assert opinion.known == 1
    opinion.forget(FORGET_S + 2)
    assert opinion.known == 0


def test_without_a_network_everybody_is_accepted() -> None:
    """Under the tracker's numbers, without a pose."""
    assert ask(make(None), 0.0, 0.1, track=7) == [Opinion(7)] * 3
