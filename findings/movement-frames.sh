#!/usr/bin/env bash
# movement writes faces to VIA tracks with a frame number rounded down: some frames have two of one face, others none.
. "$(dirname "$0")/common.sh"
python_with xarray==2026.7.0 pandas==2.3.3 attrs==26.1.0 loguru==0.7.3 h5py==3.16.0 jsonschema==4.26.0 numpy==2.4.6
"$python" -m pip install -qq --no-compile --no-deps --disable-pip-version-check movement==0.15.0
echo movement==0.15.0
cat > "$temp/run.py" <<'END'
import csv
import sys
import unittest.mock
import warnings

for name in ("sleap_io", "sleap_io.io", "sleap_io.io.slp", "sleap_io.model", "sleap_io.model.labels", "ndx_pose", "pynwb"):
    sys.modules[name] = unittest.mock.MagicMock()  # readers of other formats, with large packages
sys.modules["pynwb"].NWBFile = sys.modules["pynwb"].file.NWBFile = type("NWBFile", (), {})
import numpy as np
from movement.io import load_bboxes, save_bboxes
from movement.utils.logging import logger

warnings.simplefilter("error")
logger.remove()
FRAMES = 3000
position = np.zeros((FRAMES, 2, 1))  # a face whose x is the number of its frame
position[:, 0, 0] = np.arange(FRAMES)
for rate in (None, 24, 25, 29.97, 30, 50):
    faces = load_bboxes.from_numpy(position, np.full((FRAMES, 2, 1), 40.0), individual_names=["face_1"], fps=rate)
    save_bboxes.to_via_tracks_file(faces, f"{rate}.csv")
    with open(f"{rate}.csv") as file:
        frames = [int(row["filename"].removesuffix(".png")) for row in csv.DictReader(file)]
    without = sorted(set(range(FRAMES)) - set(frames))
    try:
        read = load_bboxes.from_via_tracks_file(f"{rate}.csv", fps=rate).sizes["time"]
    except ValueError as error:
        read = "refused" if "multiple bounding boxes in this file have the same track ID" in str(error) else error
    print(f"{len(without)} from {without[0] if without else '-'}, read again: {read}")
END
cd "$temp"
run_python HOME="$temp"
what="frames of 3000 without the face, and the first of them;"
same "$what no rate" "0 from -, read again: 3000" "$(line 1)"
same "$what 24 frames per second" "0 from -, read again: 3000" "$(line 2)"
same "$what 25" "131 from 29, read again: refused" "$(line 3)"
same "$what 29.97" "42 from 61, read again: refused" "$(line 4)"
same "$what 30" "37 from 123, read again: refused" "$(line 5)"
same "$what 50" "131 from 29, read again: refused" "$(line 6)"
verdict
