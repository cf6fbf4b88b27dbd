"""A certificate is looked over before it is used, and one of the page's own is made, kept, and renewed in time."""

import hashlib
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from pipeline.config.config import parse_config
from pipeline.config.graph import build_plan
from pipeline.errors import ConfigError
from stages.web.access import certificate as module
from stages.web.access.certificate import SELF_SIGNED, check_certificate, fingerprint, own_certificate
from stages.web.access.renewal import EVERY_S, Renewal
from stages.web.access.tls import load_context

BEGIN_KEY = b"-----BEGIN PRIVATE KEY-----"


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Keep the files of the program in a folder of the test; this machine has one address of each kind."""
    monkeypatch.setenv("EMOBOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "addresses", lambda: [ip_address("192.0.2.7"), ip_address("2001:db8::7")])
    yield tmp_path / "cache"


def read_names(path: Path) -> set[str]:
    """Return whom a certificate is for."""
    found = x509.load_pem_x509_certificate(path.read_bytes()).extensions
    names = found.get_extension_for_class(x509.SubjectAlternativeName).value
    return {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}


def test_one_of_its_own_is_for_this_machine(cache: Path) -> None:
    """It has names and addresses, is valid no longer than telephones allow, vouches for nobody, and is private."""
    path = own_certificate(("cam", "cam.local", "0.0.0.0", "", "caméra.lan", "192.0.2.8"))

    found = x509.load_pem_x509_certificate(path.read_bytes())
    local = {"localhost", "127.0.0.1", "::1"}
    assert read_names(path) == local | {
        *("cam", "cam.local", "xn--camra-dsa.lan", "192.0.2.8", "192.0.2.7", "2001:db8::7")
    }
    assert found.not_valid_after_utc - found.not_valid_before_utc <= timedelta(days=397)
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    load_context(path, path)


def test_it_stays_as_long_as_it_can(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers ask about each new one, so only a new name or IPv4 address makes another; fewer of them do not."""
    first = fingerprint(own_certificate(("cam", "cam.local")))
    assert fingerprint(own_certificate(("cam",))) == first
    monkeypatch.setattr(module, "addresses", lambda: [ip_address("192.0.2.7"), ip_address("2001:db8::8")])
    assert fingerprint(own_certificate(("cam",))) == first

    second = fingerprint(own_certificate(("cam", "hall.lan")))
    monkeypatch.setattr(module, "addresses", lambda: [ip_address("192.0.2.9")])
    third = own_certificate(("cam",))
    assert len({first, second, fingerprint(third)}) == 3
    assert {"192.0.2.9", "cam"} <= read_names(third)
    assert "192.0.2.7" not in read_names(third)


def test_it_is_renewed_before_its_end_and_where_it_is_broken(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that expires soon, is truncated, or is something else is replaced by a new one."""
    with monkeypatch.context() as patch:
        patch.setattr(module, "VALID", module.RENEW)
        path = own_certificate(("cam",))
        ending = fingerprint(path)
    assert fingerprint(own_certificate(("cam",))) != ending

    for content in (b"", path.read_bytes()[:100], b"something else"):
        path.write_bytes(content)
        assert "cam" in read_names(own_certificate(("cam",)))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_one_of_a_wrong_clock_is_replaced_once_the_clock_is_set(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that ran ahead makes one that is not valid yet; one that is not set yet makes one of its first time."""
    with monkeypatch.context() as patch:
        patch.setattr(module, "SKEW", timedelta(days=-10))
        ahead = fingerprint(own_certificate(("cam",)))
    path = own_certificate(("cam",))
    assert fingerprint(path) != ahead

    first = datetime(2100, 1, 1, tzinfo=UTC)
    path.unlink()
    monkeypatch.setattr(module, "FIRST_S", first.timestamp())
    unset = x509.load_pem_x509_certificate(own_certificate(("cam",)).read_bytes())
    assert unset.not_valid_before_utc <= first < unset.not_valid_after_utc
    assert fingerprint(own_certificate(("cam",))) == unset.fingerprint(SHA256()).hex(":").upper()


def test_a_page_that_runs_for_a_year_renews_it(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections from then on get the new one; it continues with the old one where none can be stored."""
    with monkeypatch.context() as patch:
        patch.setattr(module, "VALID", module.RENEW)
        path = own_certificate(("cam",))
    old, tls, passed_s = fingerprint(path), load_context(path, path), 0.0
    renewal = Renewal(("cam",), tls, path, lambda: passed_s)
    renewal.look()
    assert served(tls) == old

    passed_s = EVERY_S
    with monkeypatch.context() as patch:
        patch.setenv("EMOBOT_CACHE", "/dev/null")
        renewal.look()
    assert served(tls) == old
    passed_s *= 2
    renewal.look()
    assert served(tls) == fingerprint(path) != old


def served(tls: ssl.SSLContext) -> str:
    """Return the fingerprint of the certificate that a new connection gets."""
    client = ssl.create_default_context()
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    here, there = socket.socketpair()
    with here, there:
        answering = threading.Thread(target=lambda: tls.wrap_socket(there, server_side=True).close())
        answering.start()
        with client.wrap_socket(here) as connection:
            found = connection.getpeercert(binary_form=True)
        answering.join()
    assert found
    return hashlib.sha256(found).digest().hex(":").upper()


def test_a_place_that_cannot_be_written_is_told_in_one_line(cache: Path) -> None:
    """It names the file, the reason, and what to do."""
    cache.write_text("a file where the folder should be")

    with pytest.raises(ConfigError, match=r"web/self-signed.pem, found .*; EMOBOT_CACHE sets another folder"):
        own_certificate(("cam",))


@pytest.mark.parametrize("name", ["a..b", "x" * 64, "\ud800"])
def test_a_name_that_is_none_is_refused(cache: Path, name: str) -> None:
    """It is refused before anything is created."""
    for look in (lambda: own_certificate((name,)), lambda: check_certificate(SELF_SIGNED, "", (name,))):
        with pytest.raises(ConfigError, match="names: expected host names, found"):
            look()
    check_certificate("", "", (name,))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a folder with a certificate and its key, and with all that may be in their place."""
    pem = module.make_pem(frozenset(("cam.lan",)))
    certificate, key = pem[: pem.index(BEGIN_KEY)], pem[pem.index(BEGIN_KEY) :]
    locked = load_pem_private_key(key, None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    other = module.make_pem(frozenset(("cam.lan",)))
    contents = {"cert": certificate, "key": key, "both": pem, "locked": locked, "other": other, "garbage": b"\xff\x00"}
    for name, (skew, valid) in {"old": (10, 5), "early": (-2, 5)}.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "SKEW", timedelta(days=skew))
            patch.setattr(module, "VALID", timedelta(days=valid))
            contents[name] = module.make_pem(frozenset(("cam.lan",)))
    for name, content in contents.items():
        (tmp_path / f"{name}.pem").write_bytes(content)
    return tmp_path


def test_files_that_belong_together_are_taken(files: Path) -> None:
    """Certificate and key may be two files or one, with or without the chain."""
    (files / "chain.pem").write_bytes((files / "cert.pem").read_bytes() + (files / "other.pem").read_bytes())
    for certificate, key in (("cert", "key"), ("both", "both"), ("chain", "key")):
        check_certificate(str(files / f"{certificate}.pem"), str(files / f"{key}.pem"))
        load_context(files / f"{certificate}.pem", files / f"{key}.pem")


@pytest.mark.parametrize(
    ("certificate", "key", "expected"),
    [
        ("cert", "", "key: expected the PEM file with the key of .*cert.pem, found none"),
        ("", "key", "key: expected a certificate with it, found .*key.pem alone"),
        ("self-signed", "key", "key: expected none with a self-signed certificate, found .*key.pem"),
        ("gone", "key", r"certificate: expected a readable PEM file, found .*gone.pem \(No such file or directory\)"),
        ("cert", "gone", r"key: expected a readable PEM file, found .*gone.pem \(No such file or directory\)"),
        ("garbage", "key", "certificate: expected a certificate in PEM, found none in .*garbage.pem"),
        ("key", "key", "certificate: expected a certificate in PEM, found none in .*key.pem"),
        ("cert", "cert", "key: expected a private key in PEM, found none in .*cert.pem"),
        ("cert", "garbage", "key: expected a private key in PEM, found none in .*garbage.pem"),
        ("cert", "locked", "key: expected a key without a passphrase, found an encrypted one in .*locked.pem"),
        ("cert", "other", "key: expected the key of .*cert.pem, found the key of another certificate in .*other.pem"),
        (
            "old",
            "old",
            r"certificate: expected one that is valid now, found one that expired on \d{4}-\d\d-\d\d: .*old.pem",
        ),
        (
            "early",
            "early",
            r"certificate: expected one that is valid now, found one that is valid from \S+: .*early.pem",
        ),
    ],
)
def test_what_is_wrong_is_told_by_check_in_one_line(files: Path, certificate: str, key: str, expected: str) -> None:
    """Expected, found, and where, with the table it stands in; nothing of what is in the files."""
    named = {"certificate": certificate, "key": key}
    page = {k: v if v in ("", SELF_SIGNED) else str(files / f"{v}.pem") for k, v in named.items()}
    raw = {"camera": {"a": {"source": "demo"}}, "output": {"page": {"kind": "web", **page}}}

    with pytest.raises(ConfigError, match=rf"\[output.page\] {expected}") as caught:
        build_plan(parse_config(raw))
    assert "\n" not in str(caught.value)
    assert "BEGIN" not in str(caught.value)
