"""The common part of the compared programs: a timed loop over a file, which ends by printing a line of JSON.

`emobot bench peers` runs each script in its own process: `python reference_loop.py CLIP FRAMES`.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import cv2

WARM_UP = 15
"""Frames before the measurement starts; imports and loading are not measured either."""


def play(work: Callable[[Any], int]) -> None:
    """Run `work` on the frames of a file, BGR `uint8[height, width, 3]`; it returns the number of faces.

    The process's arguments are the file and the number of measured frames; short files are looped.
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
                sys.exit(f"expected a video, found no frame in {path}")
        found = work(picture)
        faces += found if n >= 0 else 0
    seconds, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    print(json.dumps({"frames": frames, "faces": faces, "seconds": seconds, "cpu_s": cpu_s}), flush=True)
    # skip the shutdown of libraries that print or wait
    os._exit(0)
