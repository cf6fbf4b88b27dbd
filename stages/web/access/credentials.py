"""Login to the page: a token, or a user and a password that is stored only as a hash."""

import base64
import getpass
import hashlib
import hmac
import logging
import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address

from pipeline.errors import ConfigError
from pipeline.history.clock import awake_s

SHORTEST_TOKEN = 16
SHORTEST_PASSWORD = 10
SESSION_S = 7 * 24 * 3600.0
FREE_ATTEMPTS, ATTEMPTS_S = 5, 60.0
"""Failed logins from one address, and the seconds within which they count, before it has to wait."""
MOST_ADDRESSES = 1000
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
"""scrypt's parameters for logins by people, 16 MiB and 50 ms (RFC 7914; OWASP password storage cheat sheet)."""

log = logging.getLogger(__name__)


def hash_password(password: str) -> str:
    """Return the hash of a password for `config.toml`: `scrypt$N$r$p$salt$hash`.

    Raises:
        ConfigError: The password is too short.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise ConfigError(f"expected a password of at least {SHORTEST_PASSWORD} characters, found {len(password)}")
    salt = os.urandom(16)
    numbers = "$".join(map(str, (_COST, _BLOCK, _PARALLEL)))
    return f"scrypt${numbers}${_text(salt)}${_text(_scrypt(password, salt, _COST, _BLOCK, _PARALLEL))}"


def check_password(password: str, kept: str) -> bool:
    """Return whether a password matches a hash.

    Raises:
        ConfigError: `kept` is not a hash from `hash_password`.
    """
    cost, block, parallel, salt, digest = _parse(kept)
    return hmac.compare_digest(_scrypt(password, salt, cost, block, parallel), digest)


def check_credentials(token: str, user: str, password: str) -> None:
    """Refuse weak or incomplete credentials.

    Raises:
        ConfigError: The token is short, the password is not a hash, or only one of user and password is given. The
            message never holds the credentials.
    """
    if token and len(token) < SHORTEST_TOKEN:
        raise ConfigError(f"token: expected at least {SHORTEST_TOKEN} characters, found {len(token)}")
    if bool(user) != bool(password):
        found, absent = ("user", "password") if user else ("password", "user")
        raise ConfigError(f"{absent}: expected a value with {found}, found none")
    if password:
        _parse(password)


class Door:
    """Checks the token or the password, and keeps the session in a signed cookie.

    Each process signs with a new key: after a restart all users log in again.

    Args:
        token: The access token; empty for none.
        user: The user name; empty for none.
        password: Hash of the user's password.
        now: A clock that is never set, seconds; tests replace it. That of the day may be set by years while a machine
            starts: everybody would have to log in again, or wait for ever after a mistyped token.
    """

    def __init__(self, token: str, user: str, password: str, now: Callable[[], float] = awake_s) -> None:
        self.asks_user = bool(user)
        """Whether the login takes a user and a password instead of a token."""
        self._token, self._user, self._password = token, user, password
        self._key = secrets.token_bytes(32)
        self._now = now
        self._failed: OrderedDict[str, list[float]] = OrderedDict()
        self._turn = threading.Lock()
        self._lock = threading.Lock()

    def wait_s(self, address: str) -> float:
        """Return the seconds until an address may try again, 0 if it may now."""
        with self._lock:
            failed = self._recent(_network(address))
            return ATTEMPTS_S - (self._now() - failed[-FREE_ATTEMPTS]) if len(failed) >= FREE_ATTEMPTS else 0.0

    def knock(self, address: str, *, user: str = "", password: str = "", token: str = "") -> bool:
        """Return whether these credentials are correct; count a failure. Takes 50 ms with a password."""
        # one at a time: otherwise many could be tried before the first failure is counted
        with self._turn:
            return self.wait_s(address) <= 0 and self._try(address, user, password, token)

    def _try(self, address: str, user: str, password: str, token: str) -> bool:
        right = bool(self._token) and _same(token, self._token)
        if not right and self._user and password:
            # compute both, so that the time does not reveal whether the user exists
            known, knows = _same(user, self._user), check_password(password, self._password)
            right = known and knows
        with self._lock:
            if right:
                self._failed.pop(_network(address), None)
            else:
                recent = self._recent(_network(address))
                if not recent:
                    # the next ones would fill the log
                    log.warning("refused a login to the page from %s: its token or password is wrong", address)
                self._failed[_network(address)] = [*recent, self._now()][-FREE_ATTEMPTS:]
                self._failed.move_to_end(_network(address))
                while len(self._failed) > MOST_ADDRESSES:
                    self._failed.popitem(last=False)
        return right

    def issue(self) -> str:
        """Return the value of a new session cookie."""
        end = str(int(self._now() + SESSION_S))
        return f"{end}.{self._sign(end)}"

    def admits(self, cookie: str) -> bool:
        """Return whether a session cookie is valid and has not expired."""
        end, _, signature = cookie.partition(".")
        return _same(signature, self._sign(end)) and end.isdecimal() and self._now() < int(end)

    def _sign(self, text: str) -> str:
        return hmac.new(self._key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def _recent(self, network: str) -> list[float]:
        return [at for at in self._failed.get(network, []) if self._now() - at < ATTEMPTS_S]


def password() -> None:
    """Ask for a password and print its hash for `config.toml`.

    Raises:
        ConfigError: It is too short, or the two entries differ.
    """
    first = getpass.getpass("Password: ")
    kept = hash_password(first)
    if getpass.getpass("Again: ") != first:
        raise ConfigError("expected the same password twice, found two different ones")
    print(f'password = "{kept}"')


def _parse(kept: str) -> tuple[int, int, int, bytes, bytes]:
    try:
        name, cost, block, parallel, salt, digest = kept.split("$")
        values = int(cost), int(block), int(parallel), base64.b64decode(salt), base64.b64decode(digest)
    except ValueError:
        name = ""
    if name != "scrypt" or not values[4]:
        raise ConfigError("password: expected the hash that `emobot password` prints, found something else")
    return values


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    memory = 256 * cost * block
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=memory, dklen=32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _same(found: str, expected: str) -> bool:
    return hmac.compare_digest(found.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))


def _network(address: str) -> str:
    """Return the key for counting failures: an IPv4 address, or the /64 of an IPv6 address, one household's network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(parsed) if parsed.version == 4 else parsed.exploded[:19]
