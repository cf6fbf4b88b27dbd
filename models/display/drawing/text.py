"""Text as cached masks: rendered once, drawn many times."""

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
"""A colour as Y, U and V."""
LINE = 1.3
"""Line height, as a multiple of the font size."""
_CAPITAL = 0.73
"""Height of a capital letter of DejaVu Sans, as a multiple of the font size; lines are centred on it."""
_LONGEST = 400
"""Most characters rendered of a text; no frame is wide enough for more."""


@lru_cache(maxsize=4096)
def mask(text: str, px: int, *, bold: bool = False, level: int = 235) -> NDArray[np.uint8]:
    """Render one line of text.

    Args:
        text: The text; unprintable characters become question marks.
        px: Font size in pixels.
        bold: Whether to use the bold font.
        level: Value of a fully covered pixel; 235 is white in video.

    Returns:
        Coverage of each pixel, `uint8[height, width]`, 0 to `level`; read-only. All texts of a font size have the same
        height and baseline.
    """
    text = _printable(text)
    font = _font(px, bold)
    height, width = line_height(px), max(1, int(font.getlength(text) + 0.5))
    image = Image.new("L", (width, height))
    ImageDraw.Draw(image).text((0, round((height + _CAPITAL * px) / 2)), text, level, font, anchor="ls")
    pixels = np.array(image)
    pixels.flags.writeable = False
    return pixels


class Sprite(NamedTuple):
    """A small I420 image: `uint8[height, width]`, twice `uint8[height / 2, width / 2]`; read-only."""

    y: NDArray[np.uint8]
    u: NDArray[np.uint8]
    v: NDArray[np.uint8]


@lru_cache(maxsize=4096)
def sprite(text: str, px: int, ink: Colour, paper: Colour, *, bold: bool = False) -> Sprite:
    """Render one line of text in one colour on another (Y, U, V); the width is even."""
    covered = mask(text, px, bold=bold).astype(np.float32) / 235
    covered = np.pad(covered, ((0, 0), (0, covered.shape[1] % 2)))
    quarter = covered.reshape(covered.shape[0] // 2, 2, -1, 2).mean(axis=(1, 3))
    planes = [
        np.round(below + (above - below) * part).astype(np.uint8)
        for part, above, below in zip((covered, quarter, quarter), ink, paper, strict=True)
    ]
    for plane in planes:
        plane.flags.writeable = False
    return Sprite(*planes)


def line_height(px: int) -> int:
    """Return the line height in pixels, an even number."""
    return round(px * LINE / 2) * 2


def width_of(text: str, px: int, *, bold: bool = False) -> int:
    """Return the width of a line of text in pixels."""
    return int(_font(px, bold).getlength(_printable(text)) + 0.5)


@lru_cache(maxsize=256)
def shortened(text: str, px: int, width: int, *, bold: bool = False) -> str:
    """Return the text, cut with an ellipsis if it is wider than `width` pixels."""
    if width_of(text, px, bold=bold) <= width:
        return text
    text = text[:_LONGEST]
    while text and width_of(text + "…", px, bold=bold) > width:
        text = text[:-1]
    return text + "…"


@lru_cache(maxsize=64)
def wrapped(text: str, px: int, width: int) -> tuple[str, ...]:
    """Return the text wrapped at spaces into lines of at most `width` pixels; longer words are cut."""
    lines: list[str] = []
    for word in text[:_LONGEST].split():
        if lines and width_of(f"{lines[-1]} {word}", px) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(shortened(word, px, width))
    return tuple(lines)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\N{NO-BREAK SPACE}" else "?" for c in text[:_LONGEST])


@lru_cache(maxsize=64)
def _font(px: int, bold: bool) -> Any:
    # matplotlib bundles DejaVu Sans, which has accented letters; find_spec does not import the package.
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("expected the font DejaVu Sans in the package matplotlib, found no such package")
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(folder / name), px, layout_engine=ImageFont.Layout.BASIC)
