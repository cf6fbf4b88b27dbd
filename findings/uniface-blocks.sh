#!/usr/bin/env bash
# uniface pixelates a face with blocks of a fixed size, not in a fixed number: a large face stays recognisable.
. "$(dirname "$0")/common.sh"
debian libgl1 libglib2.0-0
python_with uniface==4.2.1 onnxruntime==1.32.0 opencv-python==5.0.0.93 scikit-image==0.26.0 scipy==1.17.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

import numpy as np

warnings.filterwarnings("error", module="uniface")
from uniface.privacy import BlurFace

frame = np.random.default_rng(0).integers(0, 256, (1000, 1000, 3), dtype=np.uint8)


def blocks(size, **options):
    """How many blocks there are from left to right in a face of this size, in pixels."""
    row = BlurFace(method="pixelate", **options).blur_regions(frame, [[0, 0, size, size]])[0, :size].astype(int)
    return 1 + np.count_nonzero(np.abs(np.diff(row, axis=0)).sum(axis=1))


for options in ({}, {"pixel_blocks": 10}, {"pixel_blocks": 30}):
    print(*(blocks(size, **options) for size in (60, 150, 300, 900)))
END
run_python
what="blocks per row of a face of 60, 150, 300 and 900 pixels:"
same "$what by default (15)" "4 10 20 60" "$(line 1)"
same "pixel_blocks=10" "6 15 30 90" "$(line 2)"
same "pixel_blocks=30" "2 5 10 30" "$(line 3)"
verdict
