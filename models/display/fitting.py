"""Makes texts fit into pictures that matplotlib draws."""

import warnings

MISSING = r"Glyph \d+ [\s\S]* missing from font"
"""Beginning of matplotlib's warning of a character that is not in the font."""


def width_in(text: str, text_pt: float, *, bold: bool = False) -> float:
    """Return the width of a text, inches, in the font that comes with matplotlib."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", size=text_pt, weight="bold" if bold else "normal")
    with warnings.catch_warnings():
        # characters that the font lacks are as wide as its box for them
        warnings.filterwarnings("ignore", MISSING)
        return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) / 72


def shortened(text: str, most_in: float, text_pt: float, *, bold: bool = False) -> str:
    """Return a text that is at most this wide; its middle is left out if it is too long."""
    shown, keep = text, len(text)
    while keep > 2 and width_in(shown, text_pt, bold=bold) > most_in:
        keep -= 1
        shown = f"{text[: keep - keep // 2]}…{text[len(text) - keep // 2 :]}"
    return shown
