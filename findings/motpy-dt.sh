#!/usr/bin/env bash
# A tracker of motpy takes the time step of the tracker that was made last, as that of another camera.
. "$(dirname "$0")/common.sh"
python_with motpy==0.0.10 filterpy==1.4.5 scipy==1.17.1 numpy==2.4.6 setuptools==66.1.1
cat > "$temp/run.py" <<'END'
import warnings

import numpy as np
from motpy import Detection, MultiObjectTracker

SIZE, REACH, PERIOD = 60, 150, 4  # pixels of a face, and how far and for how many seconds it sways to and fro
random = np.random.default_rng(0)


def tracker(rate):
    return MultiObjectTracker(1 / rate, "constant_acceleration_and_static_box_size_2d")


def follow(camera, rate):
    """Number of identities that one face gets in 12 s, and how far its box is off, in pixels."""
    identities, errors = set(), []
    for frame in range(12 * rate):
        x = 200 + REACH * np.sin(2 * np.pi * frame / rate / PERIOD)
        for track in camera.step([Detection([x, 100, x + SIZE, 100 + SIZE])]):
            identities.add(track.id)
            errors.append(abs(track.box[0] - x))
    return f"{len(identities)} {max(errors):.0f}"


for rate in (5, 10):
    print(follow(tracker(rate), rate))
    camera, _ = tracker(rate), tracker(30)
    print(follow(camera, rate))
    _, camera = tracker(30), tracker(rate)
    print(follow(camera, rate))
END
run_python
what="identities of one face, and pixels that its box is off,"
same "$what at 5 frames per second, alone" "1 7" "$(line 1)"
same "after a tracker for 30 frames per second was made" "7 690" "$(line 2)"
same "if that one was made before" "1 7" "$(line 3)"
same "$what at 10 frames per second, alone" "1 5" "$(line 4)"
same "after a tracker for 30 frames per second was made" "5 572" "$(line 5)"
same "if that one was made before" "1 5" "$(line 6)"
verdict
