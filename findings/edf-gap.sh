#!/usr/bin/env bash
# MNE and edfio read an EDF+ with a pause as if there was none: what is behind it is early, its annotations are not.
. "$(dirname "$0")/common.sh"
python_with mne==1.13.2 edfio==0.4.18 pyEDFlib==0.1.42 scipy==1.17.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

import edfio
import mne
import numpy as np
import pyedflib

RATE = 100  # Hz
ANNOTATIONS = 30  # 16-bit words of them in each record, of a second
MARKS = {20: "calm", 110: "happy", 130: "end"}  # seconds from the start


def fields(width, *values):
    return b"".join(str(value).encode().ljust(width) for value in values)


def write(path, starts):
    """Skin conductance of records that begin at these seconds; its value is the time in seconds."""
    kind = "EDF+C" if starts == list(range(len(starts))) else "EDF+D"
    header = fields(8, 0) + fields(80, "X X X X", "Startdate 01-JUN-2026 X X X") + fields(8, "01.06.26", "12.00.00", 768)
    header += fields(44, kind) + fields(8, len(starts), 1) + fields(4, 2)
    header += fields(16, "EDA", "EDF Annotations") + fields(80, "", "") + fields(8, "uS", "")
    header += fields(8, -327.68, -1) + fields(8, 327.67, 1) + fields(8, -32768, -32768) + fields(8, 32767, 32767)
    header += fields(80, "", "") + fields(8, RATE, ANNOTATIONS) + fields(32, "", "")
    with open(path, "wb") as file:
        file.write(header)
        for start in starts:
            texts = f"+{start}\x14\x14\0" + (f"+{start}\x14{MARKS[start]}\x14\0" if start in MARKS else "")
            file.write(np.arange(100 * start, 100 * start + RATE, dtype="<i2").tobytes())
            file.write(texts.encode().ljust(2 * ANNOTATIONS, b"\0"))


def by_mne(path):
    raw = mne.io.read_raw_edf(path, preload=True, verbose="WARNING")
    (values,) = raw.get_data()
    events, _ = mne.events_from_annotations(raw, verbose="ERROR")
    return values, [int(sample) for sample in events[:, 0]]


def by_edfio(path):
    edf = edfio.read_edf(path)
    return edf.signals[0].data, [round(mark.onset * RATE) for mark in edf.annotations]


for starts in (list(range(150)), [*range(60), *range(90, 180)]):  # the second one pauses for 30 s
    write("eda.edf", starts)
    for read in (by_mne, by_edfio):
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            values, samples = read("eda.edf")
            print(len(values) // RATE, *(f"{values[sample]:.0f}" for sample in samples), f"{len(warned)} warnings")
    try:
        with pyedflib.EdfReader("eda.edf") as reader:
            print(reader.file_duration)
    except OSError as error:
        print(str(error).split(": ")[1])
END
cd "$temp"
run_python
for number in 1 2; do
  same "without a pause: seconds of data, those at the annotations of 20, 110 and 130 s" \
    "150 20 110 130 0 warnings" "$(line $number)"
done
same "seconds of the recording by pyEDFlib" "150.0" "$(line 3)"
same "with a pause from 60 to 90 s, by MNE" "150 20 140 160 0 warnings" "$(line 4)"
same "by edfio" "150 20 140 160 0 warnings" "$(line 5)"
same "by pyEDFlib" "The file is discontinuous and cannot be read" "$(line 6)"
verdict
