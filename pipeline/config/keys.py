"""Key files of CURVE, the encryption of ZeroMQ: written, read and checked. No socket is opened here.

`NAME.key_secret` holds a key pair and is for its owner alone; `NAME.key` holds its public key, for everybody else. Both
have pyzmq's own format, so `zmq.auth.load_certificate` reads them. A key is written as 40 characters of Z85.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import zmq

from pipeline.errors import ConfigError
from pipeline.foreign import one_line

SECRET, PUBLIC = ".key_secret", ".key"
"""Endings of the two files."""
NEW = "`emobot keys new` writes one"
_LARGEST = 65_536
"""Maximum bytes of a key file that are read."""
_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_LINE = re.compile(r'^[ \t]*(public|secret)-key[ \t]*=[ \t]*"([^"\n]*)"[ \t]*\r?$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A public key and its secret key, Z85; `repr` shows only the public one."""

    public: str
    secret: str = field(repr=False)


def new_pair() -> KeyPair:
    """Return a new key pair."""
    return KeyPair(*(key.decode() for key in zmq.curve_keypair()))


def write_pair(name: Path) -> tuple[Path, Path]:
    """Make a new key pair.

    Args:
        name: Path of the files, without their endings.

    Returns:
        The file of the pair, readable by its owner alone, and the file of its public key.

    Raises:
        ConfigError: One of the files exists, or cannot be written.
    """
    pair = new_pair()
    own = name.with_name(name.name.removesuffix(SECRET).removesuffix(PUBLIC) + SECRET)
    shown = own.with_suffix(PUBLIC)
    texts = {own: ("Keep it secret: it proves who its owner is", 0o600), shown: ("Give it to the others", 0o644)}
    if shown.exists():
        raise ConfigError(f"expected a new name, found {shown}")
    for path, (meaning, mode) in texts.items():
        text = f'# {meaning}.\nmetadata\ncurve\n    public-key = "{pair.public}"\n'
        try:
            # created with its mode: it is never readable by others, not even for a moment
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:  # noqa: PTH123
                file.write(text + (f'    secret-key = "{pair.secret}"\n' if path == own else ""))
        except FileExistsError as error:
            raise ConfigError(f"expected a new name, found {path}") from error
        except OSError as error:
            raise ConfigError(f"expected a folder that can be written, found {path}: {error.strerror}") from error
    return own, shown


def read_pair(path: Path) -> KeyPair:
    """Return the key pair of a file.

    Raises:
        ConfigError: There is no such file, users beside its owner may read it, or it does not hold a key pair.
    """
    found, mode = _read(path)
    if "secret" not in found:
        raise ConfigError(f"expected a key pair, found no secret-key in {path}: {NEW}")
    if mode & 0o077:
        raise ConfigError(f"expected a key file for its owner alone (chmod 600), found mode {mode:o}: {path}")
    for kind, key in found.items():
        if not is_key(key):
            # never the key itself: it may be almost right
            raise ConfigError(f"expected 40 characters of Z85 as {kind}-key, found {len(key)} characters in {path}")
    if zmq.curve_public(found["secret"].encode()).decode() != found.get("public"):
        raise ConfigError(f"expected the secret key of the public key beside it, found another one in {path}")
    return KeyPair(found["public"], found["secret"])


def read_public(given: str) -> str:
    """Return a public key, given as its 40 characters or as a file that holds it.

    Raises:
        ConfigError: It is neither.
    """
    if is_key(given) and not Path(given).exists():
        return given
    key = _read(Path(given))[0].get("public", "")
    if not is_key(key):
        raise ConfigError(f"expected a file with a public key, found none in {given}: {NEW}")
    return key


def read_clients(given: Iterable[str]) -> frozenset[str]:
    """Return public keys, each given as itself, as a file, or as a folder of files `*.key`.

    Raises:
        ConfigError: One of them is none of these.
    """
    return frozenset(read_public(str(one)) for each in given for one in _files(each))


def digest(paths: Iterable[str]) -> str:
    """Return a digest of the contents of files, and of folders of key files; empty for no paths."""
    found = hashlib.sha256()
    names = [name for path in paths for name in _files(path)]
    for name in names:
        try:
            content = hashlib.sha256(Path(name).read_bytes()).digest()
        except OSError:  # reported elsewhere, if it matters
            content = b""
        found.update(hashlib.sha256(name.encode("utf-8", "replace")).digest() + content)
    return found.hexdigest()[:16] if names else ""


def is_key(text: str) -> bool:
    """Return whether a text is a key: 32 bytes as 40 characters of Z85."""
    if len(text) != 40 or not set(text) <= set(_Z85):
        return False
    groups = (text[i : i + 5] for i in range(0, 40, 5))
    return all(sum(_Z85.index(c) * 85**n for n, c in enumerate(reversed(group))) < 2**32 for group in groups)


def _files(given: str) -> Iterator[str]:
    folder = Path(given)
    if given and not is_key(given) and folder.is_dir():
        yield from map(str, sorted(folder.glob(f"*{PUBLIC}")))
    else:
        yield given


def _read(path: Path) -> tuple[dict[str, str], int]:
    """Return the keys of a file by kind, `public` and `secret`, and the file's mode."""
    try:
        # a pipe of that name must not stop the run
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ConfigError(f"expected a key file, found {path}, which is a pipe or a device")
            text = file.read(_LARGEST).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or one_line(str(error))
        raise ConfigError(f"expected a key file, found {one_line(str(path))}: {reason}; {NEW}") from error
    found = dict(_LINE.findall(text))
    if not found:
        raise ConfigError(f"expected a key file, found no key in {path}: {NEW}")
    return found, stat.S_IMODE(status.st_mode)
