"""What the programs we compare with have in common: a loop over a file, timed, and one line of JSON at its end.

Each is a script, run by `emobot bench peers` in a process of its own: `python reference_loop.py CLIP FRAMES`.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import cv2

WARM_UP = 15
"""Frames that are not counted; the time for imports and loading is not counted either."""


def play(work: Callable[[Any], int]) -> None:
    """Run `work` on the pictures of a file, BGR `uint8[height, width, 3]`; it returns how many faces it found.

    The file and how many frames are counted are the arguments of the process; a short file is played again.
    """
    path, frames = sys.argv[1], int(sys.argv[2])
    capture = cv2.VideoCapture(path)
    faces = 0
    began_s = began_cpu_s = 0.0
    for n in range(-WARM_UP, frames):
        if n == 0:
            began_s, began_cpu_s = time.perf_counter(), time.process_time()
        there, picture = capture.read()
        if not there:
            capture.release()
            capture = cv2.VideoCapture(path)
            there, picture = capture.read()
            if not there:
                sys.exit(f"expected a video, found no picture in {path}")
        found = work(picture)
        faces += found if n >= 0 else 0
    seconds, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    print(json.dumps({"frames": frames, "faces": faces, "seconds": seconds, "cpu_s": cpu_s}), flush=True)
    # libraries that print and wait while they are taken down have no part in this
    os._exit(0)
