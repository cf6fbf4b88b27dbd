#!/usr/bin/env bash
# To reset one tracker of uniface makes all of them number people from 1 again, so other cameras reuse numbers.
. "$(dirname "$0")/common.sh"
debian libgl1 libglib2.0-0
python_with uniface==4.2.1 onnxruntime==1.32.0 opencv-python==5.0.0.93 scikit-image==0.26.0 scipy==1.17.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

import numpy as np

warnings.filterwarnings("error", module="uniface")
from uniface.tracking import BYTETracker

STAY, AWAY = 20, 40  # frames that each visitor is in view, and frames until the next one


def visit(tracker):
    """The numbers that a visitor gets."""
    numbers = set()
    for _ in range(STAY):
        numbers.update(tracker.update(np.array([[100.0, 100, 160, 160, 0.9]]))[:, 4].astype(int).tolist())
    for _ in range(AWAY):
        tracker.update(np.empty((0, 5)))
    return numbers


def day(events):
    """Numbers of ten visitors of the entrance, and of how many people they are; events happen after the fifth one."""
    entrance, hall = BYTETracker(), BYTETracker()
    entrance.reset()
    numbers = []
    for visitor in range(10):
        numbers += visit(entrance)
        if visitor == 4:
            events(hall)
    return f"{' '.join(map(str, numbers))}: {len(set(numbers))}"


print(day(lambda hall: None))
print(day(lambda hall: hall.reset()))
END
run_python
what="numbers of ten visitors of one camera, and how many different ones:"
same "$what undisturbed" "1 2 3 4 5 6 7 8 9 10: 10" "$(line 1)"
same "the tracker of another camera is reset after the fifth" "1 2 3 4 5 1 2 3 4 5: 5" "$(line 2)"
verdict
