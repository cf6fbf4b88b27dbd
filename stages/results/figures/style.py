"""Sizes, fonts and colours of figures, and files that are the same for the same data."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.display.fitting import MISSING
from pipeline.errors import ConfigError
from pipeline.whole_file import written_whole

log = logging.getLogger("emobot")

FORMATS = ("svg", "pdf", "png")
INK, SOFT, RULE = "#000000", "#595959", "#BFBFBF"
"""Colours of text, of less important text and of lines."""
COLORS = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "happy": "#F0E442",
    "sad": "#0072B2",
    "surprise": "#56B4E9",
    "neutral": "#C8C8C8",
    "uncertain": "#595959",
}
"""Label to colour on paper: the palette of Okabe and Ito (2008, Color Universal Design) and two grays. Any two,
and any and white, differ by 12.1 (CIEDE2000) or more, also with deuteranopia, protanopia and tritanopia; those of the
display differ by 11.8, and neutral and white by 6.0. The hues are those of the display."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Size of a figure.

    Attributes:
        width_in: Width, inches.
        height_in: Greatest height, inches.
        text_pt: Size of text, points.
        line_pt: Width of lines, points.
        dpi: Pixels per inch of a PNG.
    """

    width_in: float
    height_in: float
    text_pt: float
    line_pt: float
    dpi: int

    @property
    def line_in(self) -> float:
        """Height of a line of text, inches."""
        return self.text_pt * 1.35 / 72


STYLES = {
    "column": Style(width_in=85 / 25.4, height_in=225 / 25.4, text_pt=7, line_pt=0.5, dpi=600),
    "paper": Style(width_in=180 / 25.4, height_in=225 / 25.4, text_pt=8, line_pt=0.6, dpi=600),
    "slide": Style(width_in=40 / 3, height_in=7.5, text_pt=14, line_pt=1.2, dpi=144),
}
"""Name to style: one column (85 mm) or the full width (180 mm) of a journal's page, or a slide of 16:9."""
_METADATA: dict[str, dict[str, str | None]] = {
    "svg": {"Date": None, "Creator": "Emobot"},
    "pdf": {"CreationDate": None, "Creator": "Emobot", "Producer": None},
    "png": {"Software": "Emobot"},
}
"""Format to metadata without a date, so that the same data give the same file."""


def checked(format_: str, style: str) -> Style:
    """Return the style of this name.

    Raises:
        ConfigError: Style or format does not exist.
    """
    if format_ not in FORMATS:
        raise ConfigError(f"--format: expected one of {', '.join(FORMATS)}, found {format_!r}")
    if style not in STYLES:
        raise ConfigError(f"--style: expected one of {', '.join(STYLES)}, found {style!r}")
    return STYLES[style]


@contextmanager
def drawn(path: Path, style: Style, height_in: float) -> Iterator[Any]:
    """Yield an empty figure, and write it at the end; the ending of the path is the format.

    Text stays text: fonts are embedded as TrueType in PDF, and SVG names them.

    Raises:
        OSError: The file cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings = {
        "font.family": "DejaVu Sans",
        "font.size": style.text_pt,
        "text.color": INK,
        "text.parse_math": False,
        "axes.linewidth": style.line_pt,
        "axes.edgecolor": SOFT,
        "axes.labelsize": style.text_pt,
        "xtick.labelsize": style.text_pt,
        "ytick.labelsize": style.text_pt,
        "xtick.major.width": style.line_pt,
        "ytick.major.width": style.line_pt,
        "xtick.major.size": style.text_pt / 3,
        "ytick.major.size": style.text_pt / 3,
        "hatch.linewidth": style.line_pt,
        "pdf.fonttype": 42,
        "svg.fonttype": "none",
        "svg.hashsalt": "emobot",
    }
    with rc_context(settings):
        figure = Figure(figsize=(style.width_in, min(height_in, style.height_in)), dpi=style.dpi, facecolor="white")
        FigureCanvasAgg(figure)
        yield figure
        ending = path.suffix[1:].lower()
        with written_whole(path) as place, warnings.catch_warnings(record=True) as raised:
            warnings.filterwarnings("always", MISSING)
            figure.savefig(place, format=ending, metadata=_METADATA[ending])
        if raised and ending != "svg":
            log.warning("expected characters of DejaVu Sans in names, found others; SVG shows them")
