"""Messages that the server has not confirmed."""

from stages.nats.queue import Message, Queue


def message(n: int) -> Message:
    """Return message n."""
    return Message("camera.shop.hall", str(n), b"")


def numbers(queue: Queue) -> list[str]:
    """Return what waits, in order."""
    return [one.number for one in queue.take(1000)]


def test_the_oldest_are_lost_beyond_the_limit() -> None:
    """Memory is bounded, and the caller learns of it."""
    queue = Queue(most=3)

    assert [queue.put(message(n)) for n in range(5)] == [True, True, True, False, False]
    assert numbers(queue) == ["2", "3", "4"]


def test_what_was_not_confirmed_comes_first_again() -> None:
    """Order is kept, and nothing in flight is forgotten."""
    queue = Queue()
    for n in range(6):
        queue.put(message(n))
    flying = queue.take(4)
    assert len(queue) == 6

    queue.settle(flying[2:])

    assert len(queue) == 4
    assert numbers(queue) == ["2", "3", "4", "5"]
