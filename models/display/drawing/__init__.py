"""Drawing on I420 frames in place: rectangles, text, and face overlays."""

from models.display.drawing.canvas import Canvas
from models.display.drawing.layout import Rect

__all__ = ["Canvas", "Rect"]
