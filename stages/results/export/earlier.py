"""Removes files of an earlier export that people who were joined or renumbered since no longer have."""

import hashlib
import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

RECORD = ".exports.json"
"""File in a folder of exports that lists what was written there, so that no other file is ever removed."""
_Known = dict[str, dict[str, str]]
"""Recording and format to the hashes of their files by name."""

log = logging.getLogger("emobot")


def replace_earlier(place: Path, folder: Path, kind: str, written: Mapping[Path, str]) -> None:
    """Remove what the last export of a recording wrote and this one did not, and note what this one wrote.

    A file that someone has changed since stays, with a line in the log. So does any file that is not noted.

    Args:
        place: The folder of the exports.
        folder: The recording's results.
        kind: The format.
        written: Hashes of the files that were written now.
    """
    record = place / RECORD
    known = _read(record)
    # results may be moved together with what is exported beside them
    key = f"{kind} of {'.' if place.resolve() == folder.resolve() else folder.resolve()}"
    names = {path.name: noted for path, noted in written.items()}
    elsewhere = {name for other, files in known.items() if other != key for name in files}
    for name, noted in known.get(key, {}).items():
        path = place / name
        if name in names or name in elsewhere or Path(name).name != name or not path.is_file():
            continue
        if hash_of(path.read_bytes()) == noted:
            path.unlink()
        else:
            log.warning("%s is of people before they were joined or renumbered, but was changed: kept", path)
    partial = record.with_name(f"{RECORD}.partial")
    with suppress(OSError):
        # without it, the next export removes nothing
        partial.write_bytes(msgspec.json.encode(known | {key: names}))
        partial.replace(record)


def _read(record: Path) -> _Known:
    try:
        return msgspec.json.decode(record.read_bytes(), type=_Known)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}


def hash_of(content: bytes) -> str:
    """Return what tells a file's content from any other."""
    return hashlib.sha256(content).hexdigest()
