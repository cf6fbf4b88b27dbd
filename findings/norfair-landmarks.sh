#!/usr/bin/env bash
# norfair starts a landmark that appears while another one is hidden at 0 instead of where it is.
. "$(dirname "$0")/common.sh"
python_with norfair==2.1.1 filterpy==1.4.5 rich==12.6.0 scipy==1.17.1 numpy==2.4.6 setuptools==66.1.1
cat > "$temp/run.py" <<'END'
import numpy as np
from norfair import Detection, FilterPyKalmanFilterFactory, OptimizedKalmanFilterFactory, Tracker

LANDMARKS = np.array([[1500.0, 600], [1580, 600], [1540, 700]])  # two eyes and a mouth, of a head that rests


def distance(detection, track):
    return np.linalg.norm(detection.points[0] - track.estimate[0])


def second_eye(filters, then):
    """Where it is in five frames after one eye alone was seen; hidden landmarks have score 0 and place (0, 0)."""
    tracker = Tracker(distance, distance_threshold=50, initialization_delay=0, detection_threshold=0.5,
                      filter_factory=filters())
    places = []
    for seen in [[1, 0, 0]] * 3 + [then] * 5:
        scores = np.array(seen, float)
        (track,) = tracker.update([Detection(LANDMARKS * scores[:, None], scores)])
        places.append("{:.0f} {:.0f}".format(*track.estimate[1]))
    return ", ".join(places[3:])


for filters in (OptimizedKalmanFilterFactory, FilterPyKalmanFilterFactory):
    print(second_eye(filters, [1, 1, 1]))
    print(second_eye(filters, [1, 1, 0]))
END
run_python
what="place of the second eye (1580 600) in five frames after the first one alone was seen,"
right="1580 600, 1580 600, 1580 600, 1580 600, 1580 600"
same "$what if the mouth appears with it" "$right" "$(line 1)"
same "if the mouth stays hidden" "1314 600, 1467 600, 1545 600, 1588 600, 1609 600" "$(line 2)"
same "$what with filterpy's filter, if the mouth appears with it" "$right" "$(line 3)"
same "if the mouth stays hidden" "1516 600, 1559 600, 1576 600, 1584 600, 1587 600" "$(line 4)"
verdict
