#!/usr/bin/env bash
# Annotations that MNE wrote as text have no date when read, and as CSV without a date count from the first of them.
. "$(dirname "$0")/common.sh"
python_with mne==1.13.2 pandas==3.1.1 scipy==1.17.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import datetime
import warnings

import mne
import numpy as np

warnings.simplefilter("error")
mne.set_log_level("WARNING")
RATE, START = 100, 8  # Hz, and the second at which the piece begins
MARKS = {20: "happy", 50: "sad", 100: "end"}  # seconds of the whole recording


def again(date, suffix):
    """What the data has where a piece of a recording is marked, after its marks were written and read.

    Each sample is its own second in the whole recording.
    """
    data = np.arange(120 * RATE)[None] / RATE
    raw = mne.io.RawArray(data, mne.create_info(["seconds"], RATE, "misc"))
    raw.set_meas_date(date)
    raw.set_annotations(mne.Annotations(list(MARKS), [0] * 3, list(MARKS.values()), orig_time=date))
    raw.crop(START)
    raw.annotations.save(f"marks-annot.{suffix}", overwrite=True)
    marks = mne.read_annotations(f"marks-annot.{suffix}")
    try:
        raw.set_annotations(marks)
    except RuntimeError as error:  # what it asks for
        assert "set ``orig_time`` to None in which case" in " ".join(str(error).split())
        raw.set_annotations(mne.Annotations(marks.onset, marks.duration, marks.description))
    samples = mne.events_from_annotations(raw, event_id=lambda name: 1)[0][:, 0] - raw.first_samp
    return " ".join(f"{raw[0][0][0, sample]:.0f}" for sample in samples) or "none"


def at(microsecond):
    return datetime.datetime(2026, 6, 1, 12, 0, 0, microsecond, tzinfo=datetime.timezone.utc)


for date in (at(500000), at(0), None):
    print(", ".join(f"{suffix}: {again(date, suffix)}" for suffix in ("fif", "csv", "txt")))
END
cd "$temp"
run_python
what="annotations of the seconds 20, 50 and 100 are, once written and read, at"
same "$what; a date with half a second" "fif: 20 50 100, csv: 20 50 100, txt: 20 50 100" "$(line 1)"
same "$what; a date with a whole second" "fif: 20 50 100, csv: 20 50 100, txt: 28 58 108" "$(line 2)"
same "$what; no date" "fif: 28 58 108, csv: 8 38 88, txt: 28 58 108" "$(line 3)"
verdict
