"""Drawing on pictures in I420, in place: rectangles, text, and what is shown of a face."""

from models.drawing.canvas import Canvas
from models.drawing.layout import Rect

__all__ = ["Canvas", "Rect"]
