"""Options on the command line."""

import re
import tomllib
from typing import Any

from pipeline.errors import ConfigError


def parse_keys(pairs: list[str]) -> dict[str, Any]:
    """Parse options written as key=value; a value that is not TOML is text, an empty value removes the key.

    Raises:
        ConfigError: An option is not of the form key=value.
    """
    found = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not (equals and re.fullmatch(r"[A-Za-z0-9_]+", key)):
            raise ConfigError(f"expected key=value, found {pair!r}")
        try:
            read = tomllib.loads(f"value = {text}")
        except (ValueError, RecursionError):
            read = {}
        # more than one key: the text contains line breaks
        found[key] = None if not text else read["value"] if len(read) == 1 else text
    return found
