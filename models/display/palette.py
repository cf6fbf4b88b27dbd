"""The colour of each emotion, the same in videos, plots and on the web page."""

PALETTE = {
    "angry": "#E25C2B",
    "disgust": "#2FAE6C",
    "fear": "#A795D2",
    "happy": "#F5D04C",
    "sad": "#4B78EE",
    "surprise": "#89D9FB",
    "neutral": "#E1E4E8",
    "uncertain": "#918087",
}
"""Label to colour in sRGB. Chosen by search around the customary hues so that any two stay apart (CIEDE2000 above 11),
with deuteranopia, protanopia and tritanopia too, and near-black text can be read on each (contrast above 4.5)."""

INK = "#0E1116"
"""Near-black: text on an emotion's colour, and the plates behind white text."""
