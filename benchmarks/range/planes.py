"""Cuts, scales and turns I420 frames plane by plane."""

import cv2
import numpy as np

from pipeline.messages import Array


def planes(pixels: Array) -> tuple[Array, Array, Array]:
    """Return views of luma `uint8[height, width]` and of both chroma planes, half as large."""
    height, width = pixels.shape[0] * 2 // 3, pixels.shape[1]
    blue, red = pixels[height:].reshape(2, height // 2, width // 2)
    return pixels[:height], blue, red


def empty(width: int, height: int) -> Array:
    """Return a frame with undefined pixels; both sides are even."""
    return np.empty((height * 3 // 2, width), np.uint8)


def cut(pixels: Array, x: int, y: int, width: int, height: int) -> Array:
    """Return a part of a frame; all numbers are even, and the part lies inside."""
    part = empty(width, height)
    for step, plane, out in zip((1, 2, 2), planes(pixels), planes(part), strict=True):
        out[:] = plane[y // step : (y + height) // step, x // step : (x + width) // step]
    return part


def scale_into(pixels: Array, out: Array) -> None:
    """Scale a frame to the size of another and write it there."""
    for plane, target in zip(planes(pixels), planes(out), strict=True):
        height, width = target.shape
        shrinks = width < plane.shape[1]
        scaled = cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
        target[:] = scaled


def square(pixels: Array, x: float, y: float, side: float, size: int, angle_deg: float = 0.0) -> Array:
    """Return a square part of a frame, turned and scaled; beyond the frame, its edge is repeated.

    Args:
        pixels: The frame.
        x: Centre, pixels from the left.
        y: Centre, pixels from the top.
        side: Side of the part, pixels of the frame.
        size: Side of the result, pixels, even.
        angle_deg: How far its content is turned, degrees clockwise.
    """
    result = empty(size, size)
    for step, plane, out in zip((1, 2, 2), planes(pixels), planes(result), strict=True):
        # OpenCV counts from the centres of pixels
        centre = x / step - 0.5, y / step - 0.5
        turn = np.asarray(cv2.getRotationMatrix2D(centre, -angle_deg, size / side), np.float64)
        turn[:, 2] += (size / step - 1) / 2 - np.array(centre)
        cv2.warpAffine(plane, turn, out.shape[::-1], dst=out, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return result
