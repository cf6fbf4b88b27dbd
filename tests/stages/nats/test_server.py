"""Logins and certificates, at a real server."""

import base64
import binascii
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.errors import InputError
from pipeline.transport.nats.events import NatsReader
from pipeline.transport.nats.server import NatsServer as Address
from pipeline.transport.nats.server import parse_server, read_creds
from stages.web.access.certificate import make_pem
from tests.support.fleet.server import NatsServer

OPERATOR, ACCOUNT, USER = 14 << 3, 0, 20 << 3
"""First bytes of public keys (docs.nats.io, nkeys): they begin with O, A and U."""
SEED = 18 << 3
REACHED = "expected a stream EMOBOT"
"""The login was accepted; there is just no stream."""


def refusal(address: Address) -> str:
    """Return why nothing can be read from a server."""
    with pytest.raises(InputError) as raised:
        list(NatsReader(address, timeout_s=0.1))
    return str(raised.value)


@pytest.mark.process
def test_the_certificate_is_verified(tmp_path: Path) -> None:
    """It is trusted if `ca` holds it, or if nothing is verified."""
    for name in ("own", "other"):
        (tmp_path / name).write_bytes(make_pem(frozenset(("localhost", "127.0.0.1"))))
    server = NatsServer(tmp_path, f'tls {{ cert_file: "{tmp_path}/own", key_file: "{tmp_path}/own" }}')
    server.start()
    url = server.url.replace("nats", "tls")
    try:
        assert "self-signed certificate; see ca and verify_tls" in refusal(parse_server(url))
        assert "self-signed certificate; see ca" in refusal(parse_server(url, ca=f"{tmp_path}/other"))
        assert REACHED in refusal(parse_server(url, ca=f"{tmp_path}/own"))
        assert REACHED in refusal(parse_server(url, verify_tls=False))
        assert "the server asks for TLS; use tls://" in refusal(parse_server(server.url))
    finally:
        server.stop()


class Nkey:
    """A key and its names, as NATS writes them."""

    def __init__(self, kind: int) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.public = nkey(bytes([kind]) + self.key.public_key().public_bytes_raw())
        self.seed = nkey(bytes([SEED | kind >> 5, (kind & 31) << 3]) + self.key.private_bytes_raw())

    def token(self, of: "Nkey", kind: str, **claims: Any) -> str:
        """Return a signed token about somebody."""
        body = {"jti": "x", "iat": 1, "iss": self.public, "name": kind, "sub": of.public}
        parts = [{"typ": "JWT", "alg": "ed25519-nkey"}, {**body, "nats": {"type": kind, "version": 2, **claims}}]
        text = ".".join(unpadded(json.dumps(part).encode()) for part in parts)
        return f"{text}.{unpadded(self.key.sign(text.encode()))}"


def nkey(raw: bytes) -> str:
    """Return a key in base32, with its checksum."""
    return base64.b32encode(raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")).decode().rstrip("=")


def unpadded(raw: bytes) -> str:
    """Return bytes in base64 without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def creds(path: Path, token: str, seed: str) -> str:
    """Write a credentials file."""
    path.write_text(
        f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
    return str(path)


@pytest.mark.process
def test_a_credentials_file_is_a_login(tmp_path: Path) -> None:
    """Its key answers the server's challenge; a user of another account does not get in."""
    operator, account, user, stranger = Nkey(OPERATOR), Nkey(ACCOUNT), Nkey(USER), Nkey(ACCOUNT)
    preload = f'{{ {account.public}: "{operator.token(account, "account", limits=dict.fromkeys(LIMITS, -1))}" }}'
    server = NatsServer(
        tmp_path,
        f'operator: "{operator.token(operator, "operator")}"\nresolver: MEMORY\nresolver_preload: {preload}',
        jetstream=False,
    )
    server.start()
    limits = {"subs": -1, "data": -1, "payload": -1}
    try:
        right = creds(tmp_path / "right", account.token(user, "user", **limits), user.seed)
        wrong = creds(tmp_path / "wrong", stranger.token(user, "user", **limits), user.seed)
        assert REACHED in refusal(parse_server(server.url, creds=right)), server.log()
        assert "the server refuses this login (Authorization Vio" in refusal(parse_server(server.url, creds=wrong))
        assert "the server asks for a login (Authorization Vio" in refusal(parse_server(server.url))
    finally:
        server.stop()
    _, sign = read_creds(right)
    user.key.public_key().verify(base64.b64decode(sign("challenge")), b"challenge")


LIMITS = ("subs", "conn", "leaf", "imports", "exports", "data", "payload")
"""What an account's token limits."""
