"""The time in which people were neutral: a window of the recording itself, or a recording of its own."""

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError
from stages.results.reading import has_results
from stages.results.times import parse_seconds

LEAST_S = 2.0
"""Seconds of a person's face below which no baseline is measured: a passing expression may last as long."""
LEAST_FACES = 30
"""Faces below which no baseline is measured."""
_WINDOW = re.compile(r"\s*([\d:.,]+)\s*s?\s*[-–]\s*([\d:.,]+)\s*s?\s*")


@dataclass(frozen=True, slots=True)
class Span:
    """Where people were neutral.

    Attributes:
        start_s: Start of a window of the recording itself, seconds from the container's start; 0 for a clip.
        end_s: Its end; infinite for a clip.
        clip: Folder with the results of another recording; None for a window.
    """

    start_s: float
    end_s: float
    clip: Path | None = None

    @property
    def source(self) -> str:
        """The window or the clip, as it was given."""
        return f"{self.start_s:g}-{self.end_s:g}s" if self.clip is None else str(self.clip)


def parse_span(text: str) -> Span:
    """Return the span that `0-10s`, `1:05-1:15` or a folder of results means.

    Raises:
        ConfigError: The text is neither, or the window is too short.
    """
    found = _WINDOW.fullmatch(text)
    if not found:
        if has_results(Path(text)):
            return Span(0.0, float("inf"), Path(text))
        raise ConfigError(f"expected a baseline as 0-10s, 1:05-1:15 or a folder of results, found {text!r}")
    try:
        start_s, end_s = parse_seconds(found[1]), parse_seconds(found[2])
    except ValueError as error:
        raise ConfigError(f"{error}, in the baseline {text!r}") from error
    if end_s - start_s < LEAST_S - 1e-9:
        raise ConfigError(f"expected a baseline of at least {LEAST_S:g} s, found {end_s - start_s:g} s, in {text!r}")
    return Span(start_s, end_s)
