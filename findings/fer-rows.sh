#!/usr/bin/env bash
# fer's table has no row for a frame without a face, nor a time; with frequency and batch_size frames are repeated.
. "$(dirname "$0")/common.sh"
debian libgl1 libglib2.0-0
python_with tensorflow==2.21.0 keras==3.15.1 opencv-python==4.14.0.94 scikit-image==0.26.0 matplotlib==3.11.2 \
  pandas==3.1.1 tqdm==4.70.1 requests==2.34.2 numpy==2.4.6 setuptools==66.1.1
"$python" -m pip install -qq --no-deps --no-compile --disable-pip-version-check fer==25.10.3
echo fer==25.10.3
cat > "$temp/run.py" <<'END'
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import cv2
import numpy as np
import skimage.data
from fer.classes import Video
from fer.fer import FER

RATE, STEP = 25, 2  # frames per second, pixels that the face moves per frame
face = cv2.cvtColor(skimage.data.astronaut()[:256, 100:356], cv2.COLOR_RGB2BGR)
writer = cv2.VideoWriter("recording.avi", cv2.VideoWriter_fourcc(*"MJPG"), RATE, (640, 360))
for number in range(6 * RATE):  # a person is in front of the camera for 2 s, away for 2 s, and back for 2 s
    frame = np.full((360, 640, 3), 120, np.uint8)
    if not 2 <= number / RATE < 4:
        frame[50:306, STEP * number:STEP * number + 256] = face
    writer.write(frame)
writer.release()
detector = FER()


def analyze(**options):
    """The table, and the frame of each row, which is where the face is."""
    table = Video("recording.avi").analyze(detector, output="pandas", save_frames=False, save_video=False, **options)
    places = np.array([box[0] for box in table["box"]])
    return table, (places - places[0]) / STEP


table, frames = analyze()
print(len(table), " ".join(name for name in table if name not in FER._get_labels().values()))
print(*(f"{row / RATE:.0f} s is {frames[row] / RATE:.0f} s," for row in (0, 49, 50, 99)))
for options in ({"frequency": 5}, {"frequency": 5, "batch_size": 4}):
    table, frames = analyze(**options)
    print(len(table), len(set(frames[:8].round())))
END
cd "$temp"
run_python
same "rows of 150 frames, 50 of which have no face, and columns beside those of emotions" "100 box" "$(line 1)"
same "second of a row by its number, and of the frame" "0 s is 0 s, 2 s is 2 s, 2 s is 4 s, 4 s is 6 s," "$(line 2)"
same "with frequency=5, rows, and frames of the first eight" "20 8" "$(line 3)"
same "with batch_size=4 too" "24 2" "$(line 4)"
verdict
