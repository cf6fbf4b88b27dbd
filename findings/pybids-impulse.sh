#!/usr/bin/env bash
# PyBIDS loses events of duration 0, which BIDS defines as impulses, when it makes them dense.
. "$(dirname "$0")/common.sh"
python_with pybids==0.22.0 nibabel==5.4.2 pandas==2.3.3 scipy==1.17.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import json
import pathlib
import shutil
import warnings

import nibabel
import numpy as np
from bids import BIDSLayout


def dense(rate, *events):
    """Events (onset, duration) of a run of 60 s, each of the value 1: the integral of the dense variable, its range."""
    folder = pathlib.Path("study")
    shutil.rmtree(folder, ignore_errors=True)
    runs = folder / "sub-01" / "func"
    runs.mkdir(parents=True)
    (folder / "dataset_description.json").write_text(json.dumps({"Name": "study", "BIDSVersion": "1.10.0"}))
    scan = nibabel.Nifti1Image(np.zeros((2, 2, 2, 30), np.float32), np.eye(4))
    nibabel.save(scan, runs / "sub-01_task-talk_bold.nii.gz")
    (runs / "sub-01_task-talk_bold.json").write_text(json.dumps({"TaskName": "talk", "RepetitionTime": 2.0}))
    rows = "".join(f"{onset}\t{duration}\thappy\t1\n" for onset, duration in events)
    (runs / "sub-01_task-talk_events.tsv").write_text("onset\tduration\ttrial_type\tsmile\n" + rows)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        (collection,) = BIDSLayout(folder).get_collections(level="run", task="talk")
        found = np.asarray(collection.variables["smile"].to_dense(rate).values, float).ravel()
        told = [warning for warning in warned if "duration" in str(warning.message)]
    return f"{found.sum() / rate:.2f} s, from {found.min():.2f} to {found.max():.2f}, {len(told)} warnings"


print(dense(10, (5, 1), (20, 1), (40, 1)))
print(dense(10, (5, 0), (20, 0), (40, 0)))
print(dense(10, (5, 0), (20, 0), (40, 1)))
print(dense(10, (5.48, 0.04), (20.04, 0.04), (40, 0.04)))
END
cd "$temp"
run_python
same "three events of a second in a minute" "3.00 s, from 0.00 to 1.00, 0 warnings" "$(line 1)"
same "three of duration 0" "0.00 s, from 0.00 to 0.00, 0 warnings" "$(line 2)"
same "two of duration 0 and one of a second" "1.00 s, from 0.00 to 1.00, 0 warnings" "$(line 3)"
same "three of a frame of 25 fps" "0.12 s, from -0.06 to 0.35, 0 warnings" "$(line 4)"
verdict
