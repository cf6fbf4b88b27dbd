#!/usr/bin/env bash
# In a batch, mtcnn gives the faces behind an image without one the offset of another image.
. "$(dirname "$0")/common.sh"
python_with tensorflow==2.21.0 keras==3.15.1 scikit-image==0.26.0 numpy==2.4.6 joblib==1.5.2 lz4==4.4.4
"$python" -m pip install -qq --no-deps --no-compile --disable-pip-version-check mtcnn==1.0.0
echo mtcnn==1.0.0
cat > "$temp/run.py" <<'END'
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import warnings

import numpy as np
from mtcnn import MTCNN
from skimage import data

warnings.filterwarnings("error", module="mtcnn")
PERSON = data.astronaut()[:320, 60:380]  # 320 by 320 pixels, with a face
WALL = np.full((640, 640, 3), 128, np.uint8)  # a larger image with nobody


def wide(width):
    """The person at the left edge of an image of this width."""
    image = np.full((320, width, 3), 128, np.uint8)
    image[:, :320] = PERSON
    return image


def places(images):
    """Left and upper edge of the first face of each image, in pixels."""
    return [one and np.array(one[0]["box"][:2]) for one in MTCNN().detect_faces(images)]


def errors(images):
    """How far right and down each face is from where it is if its image is alone, to 40 pixels."""
    for image, found in zip(images, places(images)):
        yield "nobody" if not len(found) else "{} {}".format(*np.round((found - places([image])[0]) / 40).astype(int) * 40)


narrow, middle, large = wide(320), wide(480), wide(640)
print(*errors([narrow, middle, large]), sep=", ")
print(*errors([narrow, middle, large, WALL]), sep=", ")
print(*errors([WALL, narrow, middle, large]), sep=", ")
print(*errors([narrow, WALL[:320, :320], large, middle]), sep=", ")
END
run_python
what="how far each face is too far right and down:"
same "$what images 320, 480 and 640 wide, in one batch" "0 0, 0 0, 0 0" "$(line 1)"
same "$what and a wall of 640 by 640 behind them" "0 0, 0 0, 0 0, nobody" "$(line 2)"
same "$what the wall in front of them" "nobody, 160 160, -80 0, -80 0" "$(line 3)"
same "$what 320, a wall, 640 and 480" "0 0, nobody, -120 0, 80 0" "$(line 4)"
verdict
