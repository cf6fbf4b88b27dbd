"""Only who knows the credentials is let in, and nobody may guess for long."""

import pytest

from pipeline.errors import ConfigError
from stages.web.access.credentials import (
    ATTEMPTS_S,
    FREE_ATTEMPTS,
    MOST_ADDRESSES,
    SESSION_S,
    Door,
    check_credentials,
    check_password,
    hash_password,
)

TOKEN = "0123456789abcdef"
PASSWORD = "correct horse"


class Clock:
    """A clock that is set by hand."""

    time = 1e9

    def __call__(self) -> float:
        """Return the time."""
        return self.time


@pytest.fixture(scope="module")
def hashed() -> str:
    return hash_password(PASSWORD)


def test_a_password_is_kept_as_its_hash(hashed: str) -> None:
    """The right one is known, a wrong one is not, and two hashes of one password differ."""
    assert PASSWORD not in hashed
    assert check_password(PASSWORD, hashed)
    assert not check_password(PASSWORD + " ", hashed)
    assert hash_password(PASSWORD) != hashed


@pytest.mark.parametrize(
    ("token", "user", "password", "message"),
    [
        ("short", "", "", "token: expected at least 16 characters, found 5"),
        ("", "ann", "", "password: expected a value with user"),
        ("", "", "x", "user: expected a value with password"),
        ("", "ann", "secret-in-clear", "password: expected the hash"),
        ("", "ann", "scrypt$16384$8$1$$", "password: expected the hash"),
    ],
)
def test_credentials_that_protect_nothing_are_refused(token: str, user: str, password: str, message: str) -> None:
    """One line says what is wrong, and never holds a secret."""
    with pytest.raises(ConfigError, match=message) as refused:
        check_credentials(token, user, password)

    assert "secret-in-clear" not in str(refused.value)


def test_short_passwords_are_refused() -> None:
    """Nine characters are too few."""
    with pytest.raises(ConfigError, match="at least 10 characters, found 9"):
        hash_password("x" * 9)


def test_the_door_knows_token_and_password(hashed: str) -> None:
    """Each of them opens it alone."""
    door = Door(TOKEN, "ann", hashed)

    assert door.knock("a", token=TOKEN)
    assert door.knock("a", user="ann", password=PASSWORD)
    for wrong in ({"token": TOKEN[:-1]}, {"user": "bob", "password": PASSWORD}, {"user": "ann", "password": ""}, {}):
        assert not door.knock("b", **wrong)


def test_an_empty_token_opens_nothing(hashed: str) -> None:
    """Without a configured token, an empty one is refused."""
    assert not Door("", "ann", hashed).knock("a", token="")


def test_guessing_has_to_wait() -> None:
    """After some wrong answers even the right one is refused from that place for a while; elsewhere it is not."""
    clock = Clock()
    door = Door(TOKEN, "", "", clock)
    for _ in range(FREE_ATTEMPTS):
        assert door.wait_s("10.0.0.1") == 0
        assert not door.knock("10.0.0.1", token="wrong")

    assert door.wait_s("10.0.0.1") == ATTEMPTS_S
    assert not door.knock("10.0.0.1", token=TOKEN)
    assert door.knock("10.0.0.2", token=TOKEN)
    clock.time += ATTEMPTS_S
    assert door.knock("10.0.0.1", token=TOKEN)


def test_a_clock_that_is_set_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is that since the machine started: the clock of the day may be set back by an hour, or on by years."""
    door, passed_s = Door(TOKEN, "", ""), 1000.0
    monkeypatch.setattr("time.clock_gettime", lambda clock: passed_s)
    for _ in range(FREE_ATTEMPTS):
        door.knock("10.0.0.1", token="wrong")
    assert door.wait_s("10.0.0.1") == ATTEMPTS_S

    passed_s += ATTEMPTS_S
    assert door.knock("10.0.0.1", token=TOKEN)
    cookie = door.issue()
    assert door.admits(cookie)
    passed_s += SESSION_S
    assert not door.admits(cookie)


def test_wrong_logins_are_in_the_log_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """One line for each address, however often it tries; never what was tried."""
    clock = Clock()
    door = Door(TOKEN, "", "", clock)
    for address in ("10.0.0.1", "10.0.0.2"):
        for _ in range(3 * FREE_ATTEMPTS):
            door.knock(address, token="guess")
    assert [record.args for record in caplog.records] == [("10.0.0.1",), ("10.0.0.2",)]
    assert "guess" not in caplog.text

    clock.time += ATTEMPTS_S
    door.knock("10.0.0.1", token="guess")
    assert len(caplog.records) == 3


def test_addresses_of_one_household_count_together() -> None:
    """IPv6 gives everybody 2^64 addresses to guess from."""
    door = Door(TOKEN, "", "")
    for n in range(FREE_ATTEMPTS):
        door.knock(f"2001:db8::{n}", token="wrong")

    assert door.wait_s("2001:db8::ffff") > 0
    assert door.wait_s("2001:db8:0:1::1") == 0


def test_the_memory_of_failures_is_bounded() -> None:
    """Failures from very many addresses do not grow without end."""
    door = Door(TOKEN, "", "")
    for _ in range(FREE_ATTEMPTS):
        door.knock("10.1.0.1", token="wrong")
    assert door.wait_s("10.1.0.1") > 0
    for n in range(MOST_ADDRESSES):
        door.knock(f"10.0.{n // 250}.{n % 250}", token="wrong")

    assert door.wait_s("10.1.0.1") == 0


def test_a_session_ends_and_cannot_be_forged() -> None:
    """A cookie is good until its time, with its signature, at the door that issued it."""
    clock = Clock()
    door = Door(TOKEN, "", "", clock)
    cookie = door.issue()
    end, _, signature = cookie.partition(".")

    assert door.admits(cookie)
    assert not Door(TOKEN, "", "", clock).admits(cookie)
    for forged in ("", ".", f"{int(end) + 1}.{signature}", f"{end}.{signature[:-1]}", f"{end}.é"):
        assert not door.admits(forged)
    clock.time += SESSION_S
    assert not door.admits(cookie)
