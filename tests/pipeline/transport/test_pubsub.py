"""Publishing, and listening."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from pipeline.errors import ConfigError
from pipeline.events import AppearedEvent
from pipeline.transport import pubsub
from pipeline.transport.pubsub import HIGH_WATER_MARK, Publisher, Subscriber
from tests.support.waiting import until


def event(track: int, camera: str = "a", seq: int = 0) -> AppearedEvent:
    """Return an event."""
    return AppearedEvent(
        camera=camera, seq=seq, pts_ms=0.0, captured_at=1.0, published_at=1.0, model="m", track=track, label="happy"
    )


class Noisy(Publisher):
    """Publishes what is no event, too."""

    def send_raw(self, parts: list[bytes]) -> None:
        """Send any message."""
        self._socket.send_multipart(parts)


@pytest.fixture
def publisher() -> Iterator[Noisy]:
    """Return who publishes at a free port."""
    with closing(Noisy("tcp://127.0.0.1:*")) as publisher:
        yield publisher


def connected(publisher: Publisher, events: Subscriber, camera: str = "a") -> Iterator[int]:
    """Publish until the subscriber hears it; return an iterator over the tracks of what comes after."""
    events.timeout_s = 0.02
    while not list(events):
        publisher.send(event(0, camera))
    events.timeout_s = 60.0
    return (found.track for _, found in events if isinstance(found, AppearedEvent) and found.track)


def test_events_come_in_order_by_topic(publisher: Publisher) -> None:
    """A subscriber receives the topics it subscribed to."""
    with Subscriber(publisher.address, ["emotion.b"]) as one, Subscriber(publisher.address) as every:
        tracks, of_b = connected(publisher, every), connected(publisher, one, "b")
        for track, camera in ((1, "a"), (2, "b"), (3, "a"), (4, "b")):
            publisher.send(event(track, camera))

        assert [next(tracks) for _ in range(4)] == [1, 2, 3, 4]
        assert [next(of_b) for _ in range(2)] == [2, 4]


def test_noise_is_counted_and_skipped(publisher: Noisy) -> None:
    """Messages with too many parts, no text or no event are skipped."""
    with Subscriber(publisher.address) as events:
        tracks = connected(publisher, events)
        for parts in ([b"x"], [b"x", b"y", b"z"], [b"\xff", b"\x80"], [b"x", b"\xc1"]):
            publisher.send_raw(parts)
        publisher.send(event(5))

        assert next(tracks) == 5
        assert events.refused == 4


def test_a_slow_subscriber_costs_nobody_anything(publisher: Publisher) -> None:
    """It loses what is more than fits; publishing does not wait."""
    with Subscriber(publisher.address) as events:
        connected(publisher, events)
        for track in range(1, 20 * HIGH_WATER_MARK):
            publisher.send(event(track))
        events.timeout_s = 0.2
        tracks = [found.track for _, found in events if isinstance(found, AppearedEvent)]

    assert len(tracks) < 20 * HIGH_WATER_MARK
    assert tracks == sorted(tracks)


@pytest.mark.parametrize("topics", [["emotion.", ""], ["emotion."]])
def test_lost_events_are_counted(
    publisher: Publisher, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, topics: list[str]
) -> None:
    """By the numbers of those that come; a publisher that restarts begins again at 0. A part of the topics has gaps."""
    monkeypatch.setattr(pubsub, "LOST_EVERY_S", 0.0)
    with Subscriber(publisher.address, topics) as events:
        tracks = connected(publisher, events)
        numbers = [("a", 1), ("a", 2), ("b", 70), ("a", 5), ("a", 6), ("b", 71), ("a", 0), ("a", 1), ("b", 75)]
        for track, (camera, seq) in enumerate(numbers, 1):
            publisher.send(event(track, camera, seq))
        assert [next(tracks) for _ in numbers] == [*range(1, 10)]

    lines = [f"lost {n} events: read too slowly, or during an interruption" for n in (2, 3)]
    assert (events.lost, [record.getMessage() for record in caplog.records]) == (
        (5, lines) if "" in topics else (0, [])
    )


def test_without_an_event_in_time_it_ends(publisher: Publisher) -> None:
    """Iteration ends after `timeout_s`, if given."""
    with Subscriber(publisher.address, timeout_s=0.01) as events:
        assert list(events) == []


def test_addresses_are_checked(publisher: Publisher) -> None:
    """Addresses in use and invalid ones are refused."""
    with pytest.raises(ConfigError, match=f"expected a free address to publish on, found {publisher.address}"):
        Publisher(publisher.address)
    with pytest.raises(ConfigError, match="expected an endpoint such as tcp://127.0.0.1:5556, found 'nowhere'"):
        Subscriber("nowhere")


def test_a_publisher_that_is_away_is_reported(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, and once more when it is back: silence alone could also be that of a publisher without events."""
    monkeypatch.setattr(pubsub, "ABSENT_S", 0.01)
    monkeypatch.setattr(pubsub, "RENEW_S", 0.02)
    with closing(Publisher("tcp://127.0.0.1:*")) as first:
        address = first.address
    with Subscriber(address, timeout_s=0.1) as events:
        assert list(events) == []
        away = f"no connection to {address}: waiting for it"
        assert [record.getMessage() for record in caplog.records] == [away]
        with closing(Publisher(address)) as second:
            tracks = connected(second, events)
            second.send(event(1))
            assert next(tracks) == 1
        assert [record.getMessage() for record in caplog.records] == [away, f"connected to {address}"]
        events.timeout_s = 0.2
        until(lambda: not list(events) and len(caplog.records) == 3, seconds=10.0)

    assert caplog.records[-1].getMessage() == away
