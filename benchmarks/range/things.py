"""Things that detectors take for faces: hands, heads from behind, balls, clocks, cups and sockets, drawn by chance."""

from collections.abc import Callable

import cv2
import numpy as np

from pipeline.messages import Array

SKIN = ((224, 180, 150), (198, 142, 108), (150, 100, 70), (96, 62, 44))
HAIR = ((40, 30, 26), (84, 60, 40), (150, 120, 80), (120, 118, 116))
SIDE = 160
"""Side at which things are drawn, pixels; they are scaled after that."""

Colour = tuple[int, ...]
Draw = Callable[[Array, np.random.Generator], None]


def draw_thing(rng: np.random.Generator) -> tuple[Array, Array]:
    """Return a thing, RGB `uint8[160, 160, 3]`, and where it is, `uint8[160, 160]`: 255 inside."""
    picture = np.full((SIDE, SIDE, 3), 1, np.uint8)
    THINGS[int(rng.integers(len(THINGS)))](picture, rng)
    mask = np.where((picture != 1).any(axis=2), 255, 0).astype(np.uint8)
    # a round body is lit from above, and its edge is darker
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
    light = 1.1 - 0.3 * y - 0.9 * (x**2 + y**2)
    return np.clip(picture * light[..., None], 2, 255).astype(np.uint8), mask


def _hand(out: Array, rng: np.random.Generator) -> None:
    skin = _pick(SKIN, rng)
    dark = tuple(int(0.75 * value) for value in skin)
    cv2.rectangle(out, (62, 110), (98, SIDE), skin, -1)
    cv2.ellipse(out, (80, 100), (30, 32), 0, 0, 360, skin, -1, cv2.LINE_AA)
    for n in range(5):
        angle = np.radians(-160 + 33 * n + rng.uniform(-8, 8))
        length = rng.uniform(15, 62)
        tip = int(80 + (24 + length) * np.cos(angle)), int(98 + (24 + length) * np.sin(angle))
        cv2.line(out, (int(80 + 20 * np.cos(angle)), int(98 + 20 * np.sin(angle))), tip, skin, 15, cv2.LINE_AA)
        cv2.line(out, (int(80 + 24 * np.cos(angle)), int(98 + 24 * np.sin(angle))), (80, 100), dark, 2, cv2.LINE_AA)


def _head_from_behind(out: Array, rng: np.random.Generator) -> None:
    shirt = tuple(int(value) for value in rng.integers(20, 230, 3))
    cv2.ellipse(out, (80, 165), (75, 50), 0, 180, 360, shirt, -1, cv2.LINE_AA)
    skin, hair = _pick(SKIN, rng), _pick(HAIR, rng)
    cv2.rectangle(out, (64, 90), (96, 125), skin, -1)
    for x in (44, 116):
        cv2.ellipse(out, (x, 74), (6, 12), 0, 0, 360, skin, -1, cv2.LINE_AA)
    cv2.ellipse(out, (80, 65), (36, 44), 0, 0, 360, hair, -1, cv2.LINE_AA)
    for _ in range(12):
        x, y = int(rng.integers(52, 108)), int(rng.integers(30, 70))
        cv2.line(out, (x, y), (x + int(rng.integers(-6, 7)), y + 30), tuple(int(0.8 * v) for v in hair), 2, cv2.LINE_AA)


def _ball(out: Array, rng: np.random.Generator) -> None:
    cv2.circle(out, (80, 80), 60, tuple(int(value) for value in rng.integers(60, 240, 3)), -1, cv2.LINE_AA)
    for _ in range(int(rng.integers(2, 7))):
        x, y = (int(value) for value in rng.integers(45, 115, 2))
        cv2.circle(out, (x, y), int(rng.integers(5, 14)), tuple(int(v) for v in rng.integers(10, 120, 3)), -1)


def _clock(out: Array, rng: np.random.Generator) -> None:
    cv2.circle(out, (80, 80), 62, (30, 30, 30), -1, cv2.LINE_AA)
    cv2.circle(out, (80, 80), 56, (236, 232, 220), -1, cv2.LINE_AA)
    for n in range(12):
        angle = n * np.pi / 6
        cv2.circle(out, (int(80 + 47 * np.cos(angle)), int(80 + 47 * np.sin(angle))), 3, (20, 20, 20), -1)
    for length in (28, 42):
        angle = rng.uniform(0, 2 * np.pi)
        end = int(80 + length * np.cos(angle)), int(80 + length * np.sin(angle))
        cv2.line(out, (80, 80), end, (20, 20, 20), 4, cv2.LINE_AA)


def _cup(out: Array, rng: np.random.Generator) -> None:
    colour = tuple(int(value) for value in rng.integers(60, 240, 3))
    cv2.ellipse(out, (122, 85), (24, 30), 0, 0, 360, colour, 10, cv2.LINE_AA)
    cv2.rectangle(out, (35, 30), (120, 140), colour, -1)
    cv2.ellipse(out, (77, 30), (43, 12), 0, 0, 360, (50, 30, 20), -1, cv2.LINE_AA)


def _socket(out: Array, rng: np.random.Generator) -> None:
    cv2.rectangle(out, (20, 20), (140, 140), (232, 230, 222), -1)
    cv2.circle(out, (80, 80), 44, (206, 204, 198), -1, cv2.LINE_AA)
    for x in (62, 98):
        cv2.circle(out, (x, 80), 6, (30, 30, 30), -1, cv2.LINE_AA)


def _bottle(out: Array, rng: np.random.Generator) -> None:
    colour = tuple(int(value) for value in rng.integers(20, 200, 3))
    cv2.rectangle(out, (68, 8), (92, 50), colour, -1)
    cv2.ellipse(out, (80, 60), (32, 30), 0, 180, 360, colour, -1, cv2.LINE_AA)
    cv2.rectangle(out, (48, 60), (112, 155), colour, -1)
    cv2.rectangle(out, (48, 84), (112, 130), tuple(int(value) for value in rng.integers(150, 250, 3)), -1)
    cv2.putText(out, "COLA", (52, 112), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (20, 20, 20), 2, cv2.LINE_AA)


def _pick(colours: tuple[Colour, ...], rng: np.random.Generator) -> Colour:
    return colours[int(rng.integers(len(colours)))]


THINGS: tuple[Draw, ...] = (_hand, _head_from_behind, _ball, _clock, _cup, _socket, _bottle)
