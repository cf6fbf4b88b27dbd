"""Sizes of all overlay elements, in even pixels, derived from the frame's size."""

from dataclasses import dataclass

SMALLEST_PX = 9
"""Smallest readable font size of DejaVu Sans, pixels."""


@dataclass(frozen=True, slots=True)
class Style:
    """Sizes and language of the overlay.

    Attributes:
        font: Font size of labels, pixels.
        small: Font size beside the bars, pixels.
        line: Thickness of a box's line, pixels.
        pad: Space between text and the edge of its plate, pixels.
        language: Key of `models.display.words.WORDS`.
    """

    font: int
    small: int
    line: int
    pad: int
    language: str

    @classmethod
    def of(cls, height: int, scale: float, language: str) -> "Style":
        """Return the style for a frame.

        Args:
            height: Height of the frame, pixels.
            scale: 1 uses the sizes for 720 rows; 0 scales them with the height.
            language: Key of `models.display.words.WORDS`.
        """
        # Small frames are mostly shown enlarged, so text shrinks less than the frame.
        scale = scale or (height / 720 if height >= 720 else (height / 720) ** 0.6)
        return cls(
            font=max(SMALLEST_PX, round(17 * scale)),
            small=max(SMALLEST_PX, round(13 * scale)),
            line=max(2, 2 * round(scale)),
            pad=max(2, 2 * round(3 * scale)),
            language=language,
        )
