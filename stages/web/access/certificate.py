"""Certificates for https: checks the owner's, or creates a self-signed one on request.

Browsers allow camera access only over https or on `localhost`.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from models.cache import cache_dir
from pipeline.errors import ConfigError
from pipeline.history.clock import FIRST_S
from stages.web.access.listener import addresses

if TYPE_CHECKING:
    from cryptography import x509

SELF_SIGNED = "self-signed"
VALID = timedelta(days=397)
"""Days for which a self-signed certificate is valid; Apple's devices refuse more (support.apple.com/en-us/102028)."""
SKEW = timedelta(days=1)
"""Time before now from which a certificate is valid; a phone's clock may be late."""
RENEW = timedelta(days=30)
"""Time before its expiry at which it is replaced when the page starts."""
_THIS_MACHINE = frozenset(("localhost", "127.0.0.1", "::1"))


def check_certificate(certificate: str, key: str, names: Iterable[str] = ()) -> None:
    """Refuse certificate files that the page cannot use.

    Args:
        certificate: A PEM file with the page's certificate and its chain; `SELF_SIGNED`; or empty.
        key: The PEM file of its key; empty for those two.
        names: Host names of a self-signed certificate.

    Raises:
        ConfigError: A file is missing or not PEM, the two do not match, or the certificate is not valid now. The
            message never holds their content.
    """
    if certificate in ("", SELF_SIGNED):
        if key:
            expected = "none with a self-signed certificate" if certificate else "a certificate with it"
            raise ConfigError(f"key: expected {expected}, found {key}{'' if certificate else ' alone'}")
        if certificate:
            _written(names)
        return
    if not key:
        raise ConfigError(f"key: expected the PEM file with the key of {certificate}, found none")
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    first, secret = _read("certificate", certificate), _read("key", key)
    try:
        found = x509.load_pem_x509_certificates(first)[0]
        public = found.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigError(f"certificate: expected a certificate in PEM, found none in {certificate}") from None
    try:
        belongs = load_pem_private_key(secret, None).public_key() == public
    except TypeError:
        raise ConfigError(f"key: expected a key without a passphrase, found an encrypted one in {key}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigError(f"key: expected a private key in PEM, found none in {key}") from None
    if not belongs:
        raise ConfigError(f"key: expected the key of {certificate}, found the key of another certificate in {key}")
    now, begin, end = datetime.now(UTC), found.not_valid_before_utc, found.not_valid_after_utc
    if not begin <= now <= end:
        when = f"expired on {end:%Y-%m-%d}" if now > end else f"is valid from {begin:%Y-%m-%d}"
        raise ConfigError(f"certificate: expected one that is valid now, found one that {when}: {certificate}")


def own_certificate(names: Iterable[str]) -> Path:
    """Return the PEM file of a self-signed certificate and its key; create it unless a suitable one exists.

    Only this user can read it. It is kept as long as possible, since browsers ask about each new one.

    Args:
        names: Host names of this machine, and addresses beside its own.

    Raises:
        ConfigError: A name is not valid, or the file cannot be written.
    """
    # most machines get a new IPv6 address every day; that alone needs no new certificate
    lasting = _THIS_MACHINE | _written(names) | {str(one) for one in addresses() if one.version == 4}
    path = cache_dir() / "web" / "self-signed.pem"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists() or not _fits(path.read_bytes(), lasting):
            _keep(path, make_pem(lasting | {str(one) for one in addresses()}))
    except OSError as error:
        raise ConfigError(
            f"certificate: expected to store a self-signed one in {path}, found {error.strerror};"
            " EMOBOT_CACHE sets another folder"
        ) from error
    return path


def is_valid_for_long(path: Path) -> bool:
    """Return whether a self-signed certificate is there, is valid, and need not be replaced soon."""
    try:
        return _fits(path.read_bytes(), frozenset())
    except OSError:
        return False


def fingerprint(path: Path) -> str:
    """Return the SHA-256 fingerprint of a file's first certificate, as browsers show it."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    return x509.load_pem_x509_certificate(path.read_bytes()).fingerprint(SHA256()).hex(":").upper()


def _read(option: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{option}: expected a readable PEM file, found {path} ({error.strerror})") from None


def _written(names: Iterable[str]) -> frozenset[str]:
    """Return names and addresses in the form that certificates use."""
    found = set()
    for name in names:
        try:
            address = ip_address(name)
        except ValueError:
            try:
                found.add(name.encode("idna").decode().lower())
            except UnicodeError:
                raise ConfigError(f"names: expected host names, found {name!r}") from None
        else:
            if not address.is_unspecified:
                found.add(str(address))
    return frozenset(found) - {""}


def _fits(pem: bytes, names: frozenset[str]) -> bool:
    """Return whether a certificate covers all these names, is valid, and does not expire soon."""
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificate(pem)
        kept = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False  # truncated, or another user's
    known = {*kept.get_values_for_type(x509.DNSName), *map(str, kept.get_values_for_type(x509.IPAddress))}
    begin, now, end = found.not_valid_before_utc, _now(), found.not_valid_after_utc
    return names <= known and begin <= now and now + RENEW < end


def make_pem(names: frozenset[str]) -> bytes:
    """Return a new certificate for these names, and its key, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Emobot")])
    begin = _now() - SKEW
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + VALID)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in sorted(names)]), critical=False)
        # it cannot sign other certificates, even if a user trusts it
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _now() -> datetime:
    """Return the time by a clock that may not be set yet: then the first time at which it could be."""
    return max(datetime.now(UTC), datetime.fromtimestamp(FIRST_S, UTC))


def _general(name: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _keep(path: Path, pem: bytes) -> None:
    """Write a file that only this user can read, atomically, so that certificate and key always match."""
    partial = path.with_suffix(f".{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
        file.write(pem)
    partial.rename(path)
