"""Splits the inputs of a batch into parts, for schedulers that start the same command many times with a number."""

import re
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from pipeline.batch.places import path_of, source_of
from pipeline.errors import ConfigError


class Shard(NamedTuple):
    """One part of several; each file is in exactly one of them."""

    number: int
    """From 0."""
    of: int

    def has(self, file: Path | str) -> bool:
        """Return whether a file belongs to this part.

        This depends only on the names of the file and its folder. Other files, which may be added meanwhile, and the
        mount point of the folder do not matter.
        """
        path = path_of(source_of(file))
        digest = sha256(f"{path.parent.name}/{path.name}".encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number


def parse_shard(text: str) -> Shard:
    """Return the part that `I/N` means.

    Raises:
        ConfigError: The text is not of this form.
    """
    match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text, re.ASCII)
    if not match or int(match[1]) >= int(match[2]):
        raise ConfigError(f"--shard: expected I/N with I from 0 to N-1, found {text!r}")
    return Shard(int(match[1]), int(match[2]))
