"""Sizes of everything drawn, in even pixels, from the size of the picture."""

from dataclasses import dataclass

SMALLEST_PX = 9
"""Smallest size of font in which DejaVu Sans can still be read."""


@dataclass(frozen=True, slots=True)
class Style:
    """How large things are drawn, and in which language.

    Attributes:
        font: Size of the font of labels, pixels.
        small: Size of the font beside the bars.
        line: Thickness of a box's line.
        pad: Space between text and the edge of its plate.
        language: Key of `models.display.words.WORDS`.
    """

    font: int
    small: int
    line: int
    pad: int
    language: str

    @classmethod
    def of(cls, height: int, scale: float, language: str) -> "Style":
        """Return the style for a picture.

        Args:
            height: Rows of the picture.
            scale: 1 draws as it suits 720 rows; 0 follows the height.
            language: Key of `models.display.words.WORDS`.
        """
        # Small pictures are mostly shown enlarged, so text shrinks less than they do.
        scale = scale or (height / 720 if height >= 720 else (height / 720) ** 0.6)
        return cls(
            font=max(SMALLEST_PX, round(17 * scale)),
            small=max(SMALLEST_PX, round(13 * scale)),
            line=max(2, 2 * round(scale)),
            pad=max(2, 2 * round(3 * scale)),
            language=language,
        )
