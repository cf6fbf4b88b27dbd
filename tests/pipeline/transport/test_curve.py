"""Only those with the right keys get in, and the log says who else tried."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from pipeline.config.keys import KeyPair, new_pair
from pipeline.errors import ConfigError
from pipeline.events import AppearedEvent
from pipeline.messages import Frame
from pipeline.transport.handshakes import MOST_LINES, SparseLog
from pipeline.transport.link import Inlet, Outlet
from pipeline.transport.pubsub import Publisher, Subscriber
from tests.support.ports import free_port
from tests.support.waiting import until

pytestmark = pytest.mark.slow

SERVER, FRIEND, STRANGER = new_pair(), new_pair(), new_pair()
EVENT = AppearedEvent(
    camera="a", seq=0, pts_ms=0.0, captured_at=1.0, published_at=1.0, model="m", track=1, label="happy"
)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """Publishes with CURVE, to one friend."""
    with closing(Publisher("tcp://127.0.0.1:*", SERVER, frozenset({FRIEND.public}))) as publisher:
        yield publisher


@contextmanager
def subscriber(address: str, server_key: str, own: KeyPair | None) -> Iterator[Callable[[Publisher], bool]]:
    """Yield a function that publishes once and returns whether the subscriber has heard anything yet."""
    with Subscriber(address, timeout_s=0.02, server_key=server_key, key=own) as events:

        def hears(publisher: Publisher) -> bool:
            publisher.send(EVENT)
            return bool(list(events))

        yield hears


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged."""
    return [record.getMessage() for record in caplog.records]


OURS = "refused a connection to tcp://"
"""How the lines of the listening end begin."""


@pytest.mark.parametrize(
    ("server_key", "own", "here", "there"),
    [
        (SERVER.public, STRANGER, "key is not known here: " + STRANGER.public, "refused this key"),
        (FRIEND.public, FRIEND, "it was made for the key of another server", "has it another server key?"),
        ("", None, "it is not encrypted|it ended before a key was shown", "asks for a key|does it ask for a key"),
    ],
    ids=["key of somebody else", "wrong server key", "no key"],
)
def test_nobody_else_gets_in(
    publisher: Publisher,
    caplog: pytest.LogCaptureFixture,
    server_key: str,
    own: KeyPair | None,
    here: str,
    there: str,
) -> None:
    """Both ends log the reason once, while an allowed subscriber hears everything."""
    with ExitStack() as stack:
        friend = stack.enter_context(subscriber(publisher.address, SERVER.public, FRIEND))
        other = stack.enter_context(subscriber(publisher.address, server_key, own))
        until(lambda: friend(publisher))
        until(lambda: len({line.startswith(OURS) for line in lines(caplog)}) == 2)
        heard = []
        for _ in range(5):
            until(lambda: friend(publisher))
            heard.append(other(publisher))

    assert not any(heard)
    for line in lines(caplog):
        expected = here if line.startswith(OURS) else there
        assert any(text in line for text in expected.split("|")), line
    assert len(set(lines(caplog))) == len(lines(caplog)) <= 4
    assert not any(pair.secret in line for pair in (SERVER, FRIEND, STRANGER) for line in lines(caplog))


def test_the_publisher_itself_may_subscribe(publisher: Publisher) -> None:
    """With its own pair, as `emobot events` does on its machine."""
    with subscriber(publisher.address, SERVER.public, SERVER) as hears:
        until(lambda: hears(publisher))


def test_a_key_that_is_allowed_later_gets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The subscriber that was refused tries again; one that is removed is refused after the restart."""
    monkeypatch.setattr("pipeline.transport.curve.RETRY_S", 0.01)
    address = f"tcp://127.0.0.1:{free_port()}"
    with subscriber(address, SERVER.public, FRIEND) as hears, ExitStack() as stack:
        for allowed in (False, True, False):
            stack.close()
            publisher = Publisher(address, SERVER, frozenset({FRIEND.public} if allowed else ()))
            stack.callback(publisher.close)
            if allowed:
                until(lambda one=publisher: hears(one))  # type: ignore[misc]
            else:
                assert not any(hears(publisher) for _ in range(10))


def test_a_client_that_wants_encryption_takes_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    """A publisher without a key might be anybody."""
    with (
        closing(Publisher("tcp://127.0.0.1:*")) as publisher,
        subscriber(publisher.address, SERVER.public, FRIEND) as hears,
    ):
        until(lambda: bool(lines(caplog)))
        assert not any(hears(publisher) for _ in range(5))

    assert lines(caplog) == [f"{publisher.address} is not encrypted with CURVE, as expected: not connected"]


def test_frames_need_the_key_of_the_run(caplog: pytest.LogCaptureFixture) -> None:
    """Those of a producer with another key, or without one, do not arrive."""
    address = f"tcp://127.0.0.1:{free_port()}"
    with closing(Inlet(address, Frame, key=SERVER)) as inlet, ExitStack() as stack:
        outlets = [Outlet(address, Frame, key=key) for key in (SERVER, STRANGER, None)]
        for outlet in outlets:
            stack.callback(outlet.close)
        for n, outlet in enumerate(outlets):
            outlet.send(Frame(camera=str(n)))
        until(lambda: sum(line.startswith(OURS) for line in lines(caplog)) >= 2 and len(lines(caplog)) >= 4)
        found = [frame.camera for _ in range(3) for frame in inlet.receive(0.1)]

    assert found == ["0"]


@pytest.mark.parametrize("key", [SERVER, None])
def test_a_producer_knows_whether_its_reader_is_there(key: KeyPair | None) -> None:
    """Before it has come, while it is there, and after it has gone."""
    address = f"tcp://127.0.0.1:{free_port()}"
    with closing(Outlet(address, Frame, key=key)) as outlet:
        assert not outlet.connected
        with closing(Inlet(address, Frame, key=key)):
            until(lambda: outlet.connected)
        until(lambda: not outlet.connected)


@pytest.mark.parametrize("address", ["tcp://*:*", "tcp://0.0.0.0:*", "tcp://[::]:*"])
def test_beyond_this_machine_a_key_is_needed(address: str) -> None:
    """Or the word that none is wanted."""
    with pytest.raises(ConfigError, match=r"expected `key` .* or `insecure = true`, since .* leaves this machine"):
        Publisher(address)
    Publisher(address, insecure=True).close()
    Publisher(address, SERVER).close()
    with pytest.raises(ConfigError, match="since tcp://192.0.2.1:5556 leaves this machine unencrypted"):
        Subscriber("tcp://192.0.2.1:5556")
    with pytest.raises(ConfigError, match="expected the key of the server and one of one's own"):
        Subscriber("tcp://127.0.0.1:5556", server_key=SERVER.public)


def test_a_name_that_moves_is_refused_once_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is where the socket listens in the end."""
    answers = iter([True, False])
    monkeypatch.setattr("pipeline.config.reach.stays_here", lambda address: next(answers))
    with pytest.raises(ConfigError, match="since tcp://127.0.0.1:[0-9]+ leaves"):
        Publisher("tcp://localhost:*")


def test_ipv6_is_encrypted_too() -> None:
    """Over its loopback."""
    with (
        closing(Publisher("tcp://[::1]:*", SERVER, frozenset({FRIEND.public}))) as publisher,
        subscriber(publisher.address, SERVER.public, FRIEND) as hears,
    ):
        until(lambda: hears(publisher))


def test_the_log_is_not_flooded(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line once a minute, and twenty different ones at most."""
    clock = [0.0]
    monkeypatch.setattr("pipeline.transport.handshakes.time.monotonic", lambda: clock[0])
    sparse = SparseLog()
    with caplog.at_level(logging.WARNING, "emobot"):
        for n in range(3 * MOST_LINES):
            sparse.say("always the same")
            sparse.say(f"stranger {n}")
        assert len(caplog.records) == MOST_LINES
        clock[0] = 61.0
        sparse.say("always the same")

    assert len(caplog.records) == MOST_LINES + 1
