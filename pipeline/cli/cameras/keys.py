"""Options on the command line."""

import re
import tomllib
from typing import Any

from pipeline.errors import ConfigError


def parse_keys(pairs: list[str]) -> dict[str, Any]:
    """Parse options written as key=value; a value that is not TOML is text, None for an empty value.

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


def parse_changes(pairs: list[str] | None) -> dict[str, Any]:
    """Parse options to change as `parse_keys` does; None removes a key, so that its default counts.

    Raises:
        ConfigError: There is none, or it is not of the form key=value.
    """
    if not pairs:
        raise ConfigError("expected at least one option as key=value, or key= for its default, found none")
    return parse_keys(pairs)


def parse_table(pairs: list[str] | None) -> dict[str, Any]:
    """Parse the options of a new table as `parse_keys` does, without those that have their default.

    Raises:
        ConfigError: An option is not of the form key=value.
    """
    return without_defaults(parse_keys(pairs or []))


def without_defaults(options: dict[str, Any]) -> dict[str, Any]:
    """Return options without those that are None, which have their default."""
    return {key: value for key, value in options.items() if value is not None}
