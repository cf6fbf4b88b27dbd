"""The result of one check of `emobot doctor`."""

from typing import Literal, NamedTuple


class Finding(NamedTuple):
    """The result of one check."""

    what: str
    state: Literal["good", "note", "missing"]
    """`missing` stops a run."""
    text: str
    todo: str = ""
    """How to fix it; empty only if nothing is wrong."""
