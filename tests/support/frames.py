"""Frames with faces, as stages after the classification get them."""

from collections.abc import Sequence
from typing import Any

from pipeline.messages import Box, Face, Frame

P = (0.1, 0.0, 0.0, 0.7, 0.1, 0.0, 0.1)


def make_face(track: int = 1, **changes: Any) -> Face:
    """Return a happy face."""
    values = {"box": Box(x=1, y=2, width=30, height=40), "score": 0.9, "raw": P, "fused": P, "label": "happy"}
    return Face(**{"track": track, "confidence": 0.7, **values, **changes})


def make_frame(n: int = 0, faces: Sequence[Face] = (), **changes: Any) -> Frame:
    """Return frame n of a stream of 10 Hz."""
    values = {"camera": "hall", "run": 1, "seq": n, "pts_ns": n * 10**8, "captured_ns": 10**18 + n * 10**8}
    return Frame(**{**values, "width": 640, "height": 480, "model": "fast-1234", "faces": tuple(faces), **changes})
