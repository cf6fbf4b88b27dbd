"""The colour of each emotion, shared by videos, plots and the web page."""

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
"""Label to sRGB colour. Optimised near the customary hues so that any two are distinguishable (CIEDE2000 above 11),
also with deuteranopia, protanopia and tritanopia, and near-black text is readable on each (contrast above 4.5)."""

INK = "#0E1116"
"""Near-black, for text on an emotion's colour and for plates behind white text."""
