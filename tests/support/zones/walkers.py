"""Footage of people who walk, whose places are known by construction."""

from collections.abc import Callable, Iterator, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.messages import Frame, Zone
from stages.synthetic import Synthetic

WIDTH, HEIGHT, TILE = 960, 540, 160

Way = Callable[[float], tuple[float, float] | None]
"""Returns the centre of a person's picture at a time in seconds, shares of the frame; None while they are away."""


def footage(
    ways: Mapping[int, Way], seconds: float, hz: float, zones: tuple[Zone, ...], *, lossless: bool = True
) -> Iterator[Frame]:
    """Yield frames of 960 x 540 with portraits, by seed, that walk."""
    tiles = {seed: _portrait(seed) for seed in ways}
    count = round(seconds * hz)
    for n in range(count):
        rgb = np.full((HEIGHT, WIDTH, 3), (96, 104, 112), np.uint8)
        for seed, way in ways.items():
            if (place := way(n / hz)) is not None:
                _paste(rgb, tiles[seed], place)
        pixels = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8)
        yield Frame(
            camera="hall",
            run=1,
            seq=n,
            captured_ns=10**18 + round(n / hz * 1e9),
            pts_ns=round(n / hz * 1e9),
            fps=hz,
            width=WIDTH,
            height=HEIGHT,
            lossless=lossless,
            pixels=pixels,
            zones=zones,
        )
    yield Frame(camera="hall", run=1, seq=count, state="ended", lossless=lossless, zones=zones)


def _portrait(seed: int) -> NDArray[np.uint8]:
    """Return a portrait, RGB, whose face fills half of it."""
    drawn = Synthetic(name="x", width=2 * TILE, height=TILE, faces=1, size=0.6, seed=seed).draw(0)
    rgb = np.asarray(cv2.cvtColor(drawn, cv2.COLOR_YUV2RGB_I420), np.uint8)
    # the head is where the picture differs most from the empty room
    room = Synthetic(name="x", width=2 * TILE, height=TILE, faces=0, seed=seed).draw(0)
    changed = np.flatnonzero((drawn[:TILE] != room[:TILE]).any(axis=0))
    left = int(np.clip((changed[0] + changed[-1]) // 2 - TILE // 2, 0, TILE))
    return np.ascontiguousarray(rgb[:, left : left + TILE])


def _paste(rgb: NDArray[np.uint8], tile: NDArray[np.uint8], place: tuple[float, float]) -> None:
    x, y = (round(share * size - TILE / 2) for share, size in zip(place, (WIDTH, HEIGHT), strict=True))
    left, right, top, bottom = max(0, x), min(WIDTH, x + TILE), max(0, y), min(HEIGHT, y + TILE)
    if left < right and top < bottom:
        rgb[top:bottom, left:right] = tile[top - y : bottom - y, left - x : right - x]
