"""Drawing on pictures in I420, in place: rectangles, text, and what is shown of a face."""

from models.display.drawing.canvas import Canvas
from models.display.drawing.layout import Rect

__all__ = ["Canvas", "Rect"]
