"""When batches are sent, sent again and dropped, by a clock set by hand."""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stages.delivery.answer import Answer
from stages.delivery.queue import Queue
from stages.delivery.sender import IDLE_S, Sender

OK, DOWN = Answer(status=204, kind="204"), Answer(kind="ConnectionError", why="refused")


def status(code: int, retry_after_s: float = 0.0) -> Answer:
    """Return an answer."""
    return Answer(status=code, kind=str(code), why=f"it answers {code}", retry_after_s=retry_after_s)


@dataclass
class World:
    """A queue, a sender, and a receiver with given answers."""

    queue: Queue
    answers: list[Answer] = field(default_factory=list)
    got: list[list[int]] = field(default_factory=list)
    refuse: int | None = None
    """A batch with this event gets 400."""
    most: int = 100
    """Events that the receiver can read in time; a larger batch gets no answer."""
    now: float = 100.0

    def __post_init__(self) -> None:
        """Make the sender."""
        self.sender = Sender(self.queue, self.post, "the webhook http://hook", batch=4, max_wait_s=1.0)
        self.sender.clock = lambda: self.now
        self.sender.random = lambda: 0.0

    def post(self, bodies: Sequence[bytes]) -> Answer:
        """Answer a batch."""
        self.got.append([int(body) for body in bodies])
        if self.refuse in self.got[-1]:
            return status(400)
        if len(bodies) > self.most:
            return DOWN
        return self.answers.pop(0) if self.answers else OK

    def put(self, *numbers: int) -> None:
        """Queue events."""
        self.queue.put([("lost", str(number).encode()) for number in numbers])

    def run(self) -> None:
        """Step, with the time passing as asked, until nothing waits."""
        while self.queue.waiting:
            self.now += self.sender.step()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a world."""
    queue = Queue(tmp_path / "w.sqlite", 1000, ["lost"])
    yield World(queue)
    queue.close()


def test_events_wait_for_others_but_not_long(world: World) -> None:
    """A full batch leaves at once, a part of one after a second, the rest at the end at once."""
    assert world.sender.step() == IDLE_S
    world.put(1)
    assert world.sender.step() == 1.0
    world.now += 0.5
    world.put(2, 3)
    assert world.sender.step() == 0.5
    world.now += 0.5
    world.sender.step()
    assert world.got == [[1, 2, 3]]

    world.put(4, 5, 6, 7, 8)
    world.sender.step()
    assert world.got[1:] == [[4, 5, 6, 7]]
    assert world.sender.step() == 1.0
    world.sender.hurry = True
    world.sender.step()
    assert world.got[2:] == [[8]]
    assert (world.sender.sent, world.queue.waiting) == (8, 0)


def test_an_outage_of_an_hour_costs_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The pauses double up to a minute; then everything arrives once, in order; the log has two lines."""
    caplog.set_level(logging.INFO)
    end = world.now + 3600
    pauses, number = [], 0
    while world.now < end:
        world.put(number)
        number += 1
        world.answers = [DOWN]
        pauses.append(world.sender.step())
        world.now += pauses[-1]
    assert pauses[:8] == [1, 1, 2, 4, 8, 16, 32, 60]
    assert max(pauses) == 60
    world.answers, world.got = [], []
    world.run()

    assert [one for batch in world.got for one in batch] == list(range(number))
    # small at first, as far as anybody knows it may be slow
    assert [len(batch) for batch in world.got[:5]] == [1, 2, 4, 4, 4]
    assert caplog.messages == [
        "the webhook http://hook does not accept events: refused; they wait",
        "the webhook http://hook answers again",
    ]


@pytest.mark.parametrize("most", [1, 3])
def test_a_receiver_too_slow_for_a_batch_gets_smaller_ones(world: World, most: int) -> None:
    """Or one that closes the connection on what is too large: the same batch would never arrive."""
    world.most = most
    world.put(*range(9))
    for _ in range(100):
        world.now += world.sender.step()

    assert not world.queue.waiting
    arrived = [one for batch in world.got if len(batch) <= most for one in batch]
    assert arrived == list(range(9))


def test_pauses_are_random(world: World) -> None:
    """Up to half is taken off."""
    world.sender.random = lambda: 1.0
    world.sender.hurry = True
    world.put(1)
    world.answers = [DOWN, DOWN]
    assert world.sender.step() == 0.5
    world.now += 0.5
    assert world.sender.step() == 1.0


@pytest.mark.parametrize(
    ("asked", "pause"), [(7.5, 7.5), (0.1, 1.0), (1e9, 3600.0)], ids=["longer", "shorter", "far too long"]
)
def test_the_receiver_may_ask_for_a_pause(world: World, asked: float, pause: float) -> None:
    """It is honoured if it is longer than the sender's own, for an hour at most."""
    world.sender.hurry = True
    world.put(1)
    world.answers = [status(429, asked)]

    assert world.sender.step() == pause
    world.now += pause - 0.01
    assert world.sender.step() == pytest.approx(0.01)
    assert len(world.got) == 1
    world.run()
    assert world.got == [[1], [1]]


@pytest.mark.parametrize("code", [0, 100, 301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504])
def test_what_may_be_over_soon_is_tried_again(world: World, code: int) -> None:
    """Nothing is dropped."""
    world.put(1)
    world.answers = [status(code), status(code), OK]
    world.run()

    assert world.got == [[1]] * 3
    assert (world.sender.sent, world.sender.refused) == (1, 0)


@pytest.mark.parametrize("code", [401, 403, 404, 405, 410, 415, 451])
def test_what_is_refused_is_dropped(world: World, caplog: pytest.LogCaptureFixture, code: int) -> None:
    """It is counted, and logged once per status; the next ones are sent."""
    world.put(1, 2, 3, 4, 5, 6, 7, 8)
    world.answers = [status(code), status(code)]
    world.run()
    world.put(9)
    world.run()

    assert world.got == [[1, 2, 3, 4], [5, 6, 7, 8], [9]]
    assert (world.sender.sent, world.sender.refused) == (1, 8)
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


@pytest.mark.parametrize("bad", range(1, 9))
def test_one_bad_event_costs_no_other(world: World, bad: int) -> None:
    """A batch refused for its content is sent again in halves."""
    world.refuse = bad
    world.put(*range(1, 9))
    world.run()

    accepted = [one for batch in world.got if bad not in batch for one in batch]
    assert accepted == [one for one in range(1, 9) if one != bad]
    assert (world.sender.sent, world.sender.refused) == (7, 1)


def test_what_arrived_is_not_sent_again_because_the_disk_is_full(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is deleted as soon as that works."""
    remove, faults = world.queue.remove, [1, 1]

    def fail(rows: object) -> None:
        if rows and faults:
            faults.pop()
            raise sqlite3.OperationalError("database or disk is full")
        remove(rows)  # type: ignore[arg-type]

    monkeypatch.setattr(world.queue, "remove", fail)
    world.put(1, 2, 3, 4)
    world.run()
    world.put(5)
    world.run()

    assert world.got == [[1, 2, 3, 4], [5]]
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1
