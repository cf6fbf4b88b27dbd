#!/usr/bin/env bash
# supervision's LineZone does not count a visitor whom the detector misses in two frames at the line.
. "$(dirname "$0")/common.sh"
python_with supervision==0.31.2 opencv-python-headless==4.14.0.94 scipy==1.17.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

import numpy as np

warnings.simplefilter("error")
import supervision as sv

NOBODY = sv.Detections(xyxy=np.empty((0, 4)), tracker_id=np.empty(0, int), class_id=np.empty(0, int))
SPEED, SIZE = 4.0, 80.0  # pixels per frame, and of the face: it lies on the line for 20 frames


def visitor(frame, number):
    """A face that walks to the right at a steady speed, under the same number throughout."""
    left = 200.0 + frame * SPEED
    box = np.array([[left, 100.0, left + SIZE, 100.0 + SIZE]])
    return sv.Detections(xyxy=box, tracker_id=np.array([number]), class_id=np.array([0]))


def counted(missed, visitors=1, **options):
    """How many of the visitors are counted at x = 400, if missed(frame) says in which frames nobody is found."""
    line = sv.LineZone(start=sv.Point(400, 0), end=sv.Point(400, 360), **options)
    for number in range(visitors):
        for frame in range(100):
            line.trigger(NOBODY if missed(frame) else visitor(frame, number))
    return line.in_count + line.out_count


def of_500(share, **options):
    """How many of 500 visitors are counted if this share of all frames shows none."""
    rng = np.random.default_rng(0)
    return counted(lambda frame: rng.random() < share, 500, **options)


for missed in ((), (10, 11), (40,), (40, 41)):
    print(counted(missed.__contains__))
print(*(of_500(share) for share in (0, 0.1, 0.2, 0.3)))
print(*(of_500(share, triggering_anchors=[sv.Position.CENTER]) for share in (0, 0.1, 0.2, 0.3)))
END
run_python
what="one visitor, counted; not found in"
same "$what no frame" 1 "$(line 1)"
same "$what two frames before the line" 1 "$(line 2)"
same "$what one frame on the line" 1 "$(line 3)"
same "$what two frames on the line" 0 "$(line 4)"
same "of 500 visitors, each not found in 0, 10, 20 and 30 % of the frames" "500 401 218 105" "$(line 5)"
same "the same by the centre of their boxes" "500 488 441 386" "$(line 6)"
verdict
