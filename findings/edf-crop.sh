#!/usr/bin/env bash
# Of a piece of an EDF+, pyEDFlib's crop_edf drops the annotations, and MNE's export keeps the start of the whole.
. "$(dirname "$0")/common.sh"
python_with mne==1.13.2 edfio==0.4.18 pyEDFlib==0.1.42 scipy==1.17.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import contextlib
import datetime
import io
import warnings

import edfio
import mne
import numpy as np
from pyedflib import highlevel

RATE = 100  # Hz
MARKS = {10: "calm", 330: "happy", 590: "end"}  # seconds from the start
warnings.simplefilter("error")


def state(path):
    """The start in the header, the annotations, and the data there: they count the seconds of the whole recording."""
    with open(path, "rb") as file:
        start = file.read(184)[176:].decode()
    edf = edfio.read_edf(path)
    data = edf.signals[0].data
    marks = [f"{mark.text} at {mark.onset:.0f} ({data[round(mark.onset * RATE)]:.0f})" for mark in edf.annotations]
    return f"{start}, {round(data[0])} to {round(data[-1])} s, {' '.join(marks) or 'no annotations'}"


seconds = np.arange(600 * RATE) / RATE
signal = edfio.EdfSignal(seconds, RATE, label="EDA", physical_dimension="uS", physical_range=(0, 600))
marks = [edfio.EdfAnnotation(onset, None, text) for onset, text in MARKS.items()]
recording = edfio.Recording(startdate=datetime.date(2026, 6, 1))
edfio.Edf([signal], recording=recording, starttime=datetime.time(12), annotations=marks).write("whole.edf")
print(state("whole.edf"))

with contextlib.redirect_stdout(io.StringIO()):
    highlevel.crop_edf("whole.edf", new_file="pyedflib.edf", start=300, stop=360, start_format="seconds",
                       stop_format="seconds")
print(state("pyedflib.edf"))

raw = mne.io.read_raw_edf("whole.edf", preload=True, verbose="WARNING")
raw.crop(300, 360, include_tmax=False)
mne.export.export_raw("mne.edf", raw, verbose="WARNING")
print(state("mne.edf"))
print(mne.io.read_raw_edf("mne.edf", verbose="WARNING").info["meas_date"].time())

edf = edfio.read_edf("whole.edf")
edf.slice_between_seconds(300, 360)
edf.write("edfio.edf")
print(state("edfio.edf"))
END
cd "$temp"
run_python
same "start, data and annotations (with the data there): the whole recording" \
  "12.00.00, 0 to 600 s, calm at 10 (10) happy at 330 (330) end at 590 (590)" "$(line 1)"
same "seconds 300 to 360 by edfio" "12.05.00, 300 to 360 s, happy at 30 (330)" "$(line 5)"
same "by crop_edf of pyEDFlib" "12.05.00, 300 to 360 s, no annotations" "$(line 2)"
same "by MNE" "12.00.00, 300 to 360 s, happy at 30 (330)" "$(line 3)"
same "the start of this piece, read by MNE" "12:00:00" "$(line 4)"
verdict
