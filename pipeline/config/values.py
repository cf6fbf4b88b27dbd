"""Limits of every value in a config: what each process, file and message can hold."""

import datetime
import math
from collections.abc import Iterator
from typing import Any

from pipeline.foreign import one_line

DEEPEST = 20
"""Maximum depth of nested tables and lists."""


def bad_values(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the path and the mistake of each value that no key of a config can have."""
    if isinstance(value, dict) and len(path) < DEEPEST:
        for key, inner in value.items():
            at = (*path, one_line(str(key), 60))
            if mistake := _mistake(key) if isinstance(key, str) else "expected text as a key":
                yield at, mistake
            else:
                yield from bad_values(inner, at)
    elif isinstance(value, list | tuple) and len(path) < DEEPEST:
        for i, inner in enumerate(value):
            yield from bad_values(inner, (*path, str(i)))
    elif mistake := _mistake(value):
        yield path, mistake


def _mistake(value: Any) -> str:
    match value:
        case dict() | list() | tuple():
            return f"expected at most {DEEPEST} tables and lists inside each other, found more"
        case int() if not -(2**63) <= value < 2**63:
            return "expected a whole number of at most 64 bits, found a larger one"
        case float() if not math.isfinite(value):
            return f"expected a finite number, found {value}"
        case str() if "\0" in value:
            return "expected text, found the character NUL in it"
        case str() if any("\ud800" <= c <= "\udfff" for c in value):
            return "expected text in UTF-8, found a byte that is none"
        case int() | float() | str() | datetime.date() | datetime.time():
            return ""
    return f"expected a value that TOML has, found one of type {type(value).__name__}"
