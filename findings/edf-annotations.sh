#!/usr/bin/env bash
# pyEDFlib writes one annotation per data record and drops the others: of 240 events of a minute, 60 remain.
. "$(dirname "$0")/common.sh"
python_with pyEDFlib==0.1.42 edfio==0.4.18 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

import edfio
import numpy as np
import pyedflib

SECONDS = 60


def kept(rate, distance):
    """Events of a minute that are in the file, the time of the last one, and what writing them returned."""
    onsets = np.arange(0, SECONDS, distance)
    header = {
        "label": "EDA", "dimension": "uS", "sample_frequency": rate, "physical_min": 0, "physical_max": 20,
        "digital_min": -32768, "digital_max": 32767, "transducer": "", "prefilter": "",
    }
    with warnings.catch_warnings(record=True) as warned, pyedflib.EdfWriter("events.edf", 1) as writer:
        warnings.simplefilter("always")
        writer.setSignalHeader(0, header)
        writer.writeSamples([np.linspace(0, 10, round(SECONDS * rate))])
        results = {writer.writeAnnotation(onset, 0.1, f"event {number}") for number, onset in enumerate(onsets)}
    found = edfio.read_edf("events.edf")
    last = found.annotations[-1]
    return (
        f"{len(found.annotations)} of {len(onsets)}, the last of {last.onset:.2f} s,"
        f" {len(warned)} warnings, result {results}, {found.num_data_records} records"
    )


print(kept(100, 2))
print(kept(100, 0.25))
print(kept(29.97, 2))
END
cd "$temp"
run_python
same "an event each 2 s at 100 Hz" \
  "30 of 30, the last of 58.00 s, 0 warnings, result {0}, 60 records" "$(line 1)"
same "four events a second" \
  "60 of 240, the last of 14.75 s, 0 warnings, result {0}, 60 records" "$(line 2)"
same "an event each 2 s at 29.97 Hz, the rate of a camera" \
  "17 of 30, the last of 32.00 s, 0 warnings, result {0}, 17 records" "$(line 3)"
verdict
