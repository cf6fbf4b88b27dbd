"""Connections whose other machine has lost its power or network end, so that they can be made again."""

from contextlib import closing

import pytest

from pipeline.config.keys import KeyPair, new_pair
from pipeline.messages import Frame
from pipeline.transport.link import Inlet, Outlet
from pipeline.transport.pubsub import Publisher, Subscriber
from tests.support.connections import kept_alive
from tests.support.ports import free_port
from tests.support.waiting import until


@pytest.mark.parametrize("pair", [None, new_pair()], ids=["open", "encrypted"])
def test_both_ends_of_events_notice_a_peer_without_power(pair: KeyPair | None) -> None:
    """Who only listens would wait for ever, and who publishes would keep the queue of someone who has gone."""
    with (
        closing(Publisher("tcp://127.0.0.1:*", pair)) as publisher,
        Subscriber(publisher.address, server_key=pair.public if pair else "", key=pair),
    ):
        port = int(publisher.address.rpartition(":")[2])
        until(lambda: kept_alive(port) == {"listener", "caller"}, seconds=10.0)


def test_both_ends_of_frames_do_too() -> None:
    """A stage on another machine."""
    port = free_port()
    with closing(Inlet(f"tcp://127.0.0.1:{port}", Frame)), closing(Outlet(f"tcp://127.0.0.1:{port}", Frame)):
        until(lambda: kept_alive(port) == {"listener", "caller"}, seconds=10.0)
