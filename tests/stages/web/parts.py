"""Parts of a page of which nobody else knows."""

import time

import numpy as np

from pipeline.messages import Box, Face, Frame
from stages.web.uploads import Recordings

TOKEN = "0123456789abcdef"
PNG = b"\x89PNG\r\n\x1a\n"


class Idle(Recordings):
    """Recordings that nobody examines."""

    def _work(self) -> None:
        pass


def make_frame(seq: int = 0) -> Frame:
    face = Face(track=1, box=Box(x=0, y=0, width=9, height=9), score=1.0, label="happy", confidence=0.9)
    now_ns = time.time_ns()
    pixels = np.full((72, 64), 128, np.uint8)
    return Frame(camera="hall", seq=seq, captured_ns=now_ns, width=64, height=48, pixels=pixels, faces=(face,))
