"""Reads Praat's TextGrid files, long and short."""

import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import InputError
from stages.results.coding.coded import Coded
from stages.results.encodings import saved_text

BINARY = b"ooBinaryFile"
"""Start of what Praat saves as a binary file."""
_TOKEN = re.compile(r'"((?:[^"]|"")*)"|(?<!\S)(<exists>|<absent>|[-+]?\d[\d.]*(?:[eE][-+]?\d+)?)(?!\S)|![^\n]*')
"""Praat reads free-standing texts, numbers and flags, and takes everything else for a comment."""


def read_textgrid(path: Path) -> list[tuple[str, Coded]]:
    """Return each interval with text, with the name of its tier.

    Raises:
        InputError: It is not a TextGrid.
        OSError: It cannot be read.
    """
    content = path.read_bytes()
    if content.startswith(BINARY):
        raise InputError(f"expected a TextGrid saved as text, found a binary one; save it as text in Praat: {path}")
    try:
        text = saved_text(content)
        return list(_tiers(_tokens(text)))
    except (UnicodeDecodeError, ValueError, StopIteration, RuntimeError) as error:
        what = "its end too early" if isinstance(error, StopIteration | RuntimeError) else error
        raise InputError(f"expected a TextGrid of Praat, found {what}, in {path}") from error


def _tokens(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        quoted, bare = match.groups()
        if quoted is not None:
            yield quoted.replace('""', '"')
        elif bare is not None:
            yield bare


def _tiers(tokens: Iterator[str]) -> Iterator[tuple[str, Coded]]:
    kind = [next(tokens, ""), next(tokens, "")]
    if not kind[0].startswith("ooTextFile") or kind[1] != "TextGrid":
        raise ValueError(f"a file that begins with {kind[0][:20]!r}")
    float(next(tokens)), float(next(tokens))
    if next(tokens) != "<exists>":
        return
    for _ in range(int(next(tokens))):
        tier, name = next(tokens), next(tokens)
        float(next(tokens)), float(next(tokens))
        for _ in range(int(next(tokens))):
            if tier == "IntervalTier":
                start, end, text = float(next(tokens)), float(next(tokens)), next(tokens).strip()
                if text:
                    yield name, Coded(name, start * 1e3, end * 1e3, text)
            elif tier == "TextTier":
                next(tokens), next(tokens)  # a moment has no length to agree on
            else:
                raise ValueError(f"a tier of class {tier!r}")
