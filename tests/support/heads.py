"""Heads made by the program: a known face in three dimensions, and a drawing of one."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.presence.openings import LEFT_EYE, MOUTH, RIGHT_EYE
from models.presence.pose import ACROSS, DOWN

WIDTHS = dict(zip(ACROSS, (90, 34, 140, 138), strict=True))
DEPTHS = dict(zip(ACROSS, (10, 5, 60, 55), strict=True))


def known_face() -> NDArray[np.float64]:
    """Return a face of 140 x 180 millimetres that looks into the camera, `float64[468, 3]`."""
    points = np.random.default_rng(3).normal(0, 30, (468, 3))
    for pair in ACROSS:
        for point, side in zip(pair, (-0.5, 0.5), strict=True):
            points[point] = (side * WIDTHS[pair], -30, DEPTHS[pair])
    for (above, below), x in zip(DOWN, (0, -45, 45), strict=True):
        points[above], points[below] = (x, -90, 20), (x, 90, 20)
    return points


def turned(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """Return it with its nose towards the right of the frame, up, and tilted clockwise, degrees."""
    return turn(known_face(), yaw, pitch, roll)


def smiley() -> NDArray[np.uint8]:
    """Return a drawing that BlazeFace takes for a face with a score of 0.76."""
    rgb = np.full((360, 640, 3), (110, 130, 120), np.uint8)
    cv2.circle(rgb, (320, 180), 70, (255, 220, 0), -1, cv2.LINE_AA)
    for x in (295, 345):
        cv2.circle(rgb, (x, 165), 8, (0, 0, 0), -1, cv2.LINE_AA)
    cv2.ellipse(rgb, (320, 190), (35, 25), 0, 20, 160, (0, 0, 0), 5, cv2.LINE_AA)
    return rgb


def turn(points: NDArray[np.float64], yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """Return a face with its nose towards the right of the frame, up, and tilted clockwise, degrees."""
    y, p, r = np.radians([yaw, pitch, roll])
    # x to the right, y down, z away from the camera
    nod = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    swing = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    tilt = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return points @ (tilt @ swing @ nod).T


def opened(left: float = 0.3, right: float = 0.3, mouth: float = 0.0) -> NDArray[np.float64]:
    """Return a face with eyes and mouth open by these ratios; the eyes are 30 millimetres wide, the mouth 50."""
    points = known_face()
    for eye, x, ratio in ((LEFT_EYE, 32, left), (RIGHT_EYE, -32, right)):
        half = 15 * ratio
        for point, (dx, dy) in zip(eye, ((-15, 0), (-6, -1), (6, -1), (15, 0), (6, 1), (-6, 1)), strict=True):
            points[point] = (x + dx, -30 + half * dy, 10)
    for point, (x, y) in zip(MOUTH, ((-25, 0), (0, -25 * mouth), (25, 0), (0, 25 * mouth)), strict=True):
        points[point] = (x, 50 + y, 8)
    return points
