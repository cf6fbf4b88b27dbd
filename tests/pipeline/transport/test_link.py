"""Sockets between processes, here within one."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest
import zmq

from pipeline.errors import ConfigError
from pipeline.messages import Frame
from pipeline.transport.link import Inlet, Outlet
from tests.support.ports import free_port


class Place:
    """Opens links at one address, and closes them."""

    def __init__(self, folder: Path, stack: ExitStack, late: ExitStack) -> None:
        self.address = f"ipc://{folder}/s"
        self._stack, self._late = stack, late

    def inlet(self, address: str = "") -> Inlet[Frame]:
        """Listen."""
        return self._stack.enter_context(closing(Inlet(address or self.address, Frame)))

    def outlet(self, high_water_mark: int = 10) -> Outlet[Frame]:
        """Connect."""
        outlet = Outlet(self.address, Frame, high_water_mark)
        # after all of ZeroMQ has been closed: nobody waits here for what no reader has taken over
        self._late.callback(outlet.close)
        return outlet


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Return where to open links; afterwards everything of ZeroMQ is gone."""
    with ExitStack() as late, ExitStack() as stack:
        stack.callback(zmq.Context.instance().destroy, linger=0)
        yield Place(tmp_path, stack, late)


def test_frames_arrive_in_order(place: Place) -> None:
    """What one producer sends comes in its order, also what it sent before the reader was there."""
    outlet = place.outlet()
    assert all(outlet.send(Frame(camera="a", seq=seq)) for seq in range(3))
    inlet = place.inlet()

    assert [frame.seq for _ in range(3) for frame in inlet.receive(5)] == [0, 1, 2]


def test_a_batch_is_full_or_its_time_is_up(place: Place) -> None:
    """`most` bounds the batch, `max_wait_ms` the wait after its first message."""
    inlet, outlet = place.inlet(), place.outlet()
    for seq in range(5):
        assert outlet.send(Frame(camera="a", seq=seq))
    first = list(inlet.receive(5, most=3, max_wait_ms=1000))
    rest = list(inlet.receive(5, most=9, max_wait_ms=50))

    assert [frame.seq for frame in first] == [0, 1, 2]
    assert [frame.seq for frame in rest] == [3, 4]
    assert list(inlet.receive(0.0)) == []


def test_a_full_queue_is_told(place: Place) -> None:
    """Without a reader nothing blocks and nothing grows."""
    outlet = place.outlet(2)
    sent = [outlet.send(Frame(camera="a", seq=seq)) for seq in range(9)]

    assert sent.count(True) == 2
    assert not outlet.send(Frame(camera="a"), timeout_s=0.01)


def test_a_message_of_another_kind_is_counted_and_skipped(place: Place) -> None:
    """Noise on the socket has no other effect."""
    inlet, outlet = place.inlet(), place.outlet()
    with closing(zmq.Context.instance().socket(zmq.PUSH)) as raw:
        raw.connect(place.address)
        raw.send_multipart([b"noise", b"more"])
    while not inlet.refused:
        assert list(inlet.receive(5)) == []
    assert outlet.send(Frame(camera="a", seq=4))

    assert [frame.seq for frame in inlet.receive(5)] == [4]
    assert inlet.refused == 1


def test_an_address_in_use_is_refused(place: Place) -> None:
    """One line names the address."""
    taken = f"tcp://127.0.0.1:{free_port()}"
    place.inlet(taken)
    with pytest.raises(ConfigError, match=taken):
        place.inlet(taken)


def test_pixels_are_not_copied_and_stay(place: Place) -> None:
    """They lie in ZeroMQ's memory, read-only, also after the next message has come and the sender has changed its."""
    inlet, outlet = place.inlet(), place.outlet()
    pixels = np.full((60, 40), 7, np.uint8)
    outlet.send(Frame(camera="a", pixels=pixels))
    (first,) = inlet.receive(5.0)
    pixels[:] = 8
    outlet.send(Frame(camera="a", seq=1, pixels=pixels))
    (second,) = inlet.receive(5.0)

    assert first.pixels is not None and second.pixels is not None
    assert (first.pixels == 7).all() and (second.pixels == 8).all()
    assert not first.pixels.flags.writeable
    assert not isinstance(owner(first.pixels), bytes)


def owner(array: np.ndarray) -> object:
    """Return what the memory of an array belongs to."""
    found: object = array
    while isinstance(found, (np.ndarray, memoryview)):
        found = found.base if isinstance(found, np.ndarray) else found.obj
    return found
