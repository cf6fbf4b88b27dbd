#!/usr/bin/env bash
# A trial of an NWB file that begins before a series with a rate has none of its data; others begin a frame early.
. "$(dirname "$0")/common.sh"
python_with pynwb==4.2.0 hdmf==6.2.0 h5py==3.16.0 pandas==2.3.3 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings
from datetime import datetime, timezone

import numpy as np
from pynwb import NWBHDF5IO, NWBFile, TimeSeries

warnings.simplefilter("error")
RATE, BEGIN = 25.0, 10.0  # a camera that begins 10 s after the session; each sample is its own second of the session
seconds = BEGIN + np.arange(3000) / RATE
session = NWBFile("a session", "session", datetime(2026, 6, 1, 12, tzinfo=timezone.utc))
series = [
    TimeSeries(name="smile", data=seconds, unit="s", rate=RATE, starting_time=BEGIN),
    TimeSeries(name="frown", data=seconds, unit="s", timestamps=seconds),
]
for one in series:
    session.add_acquisition(one)
TRIALS = [(20.0, 22.0), (8.0, 15.0), (125.0, 135.0)]
FRAMES = [(second, second + 1.0) for second in seconds[:2500].round(2)]  # each begins at the time of a frame
for start, stop in TRIALS + FRAMES[::5]:
    session.add_trial(start_time=start, stop_time=stop, timeseries=series)
with NWBHDF5IO("session.nwb", "w") as file:
    file.write(session)


def said(reference):
    """The seconds of a trial's data: first, last, and how many samples."""
    if reference.timeseries is None:
        return "none"
    try:
        data = reference.data
    except IndexError:
        return "IndexError"
    return f"{data[0]:.2f} to {data[-1]:.2f} ({len(data)})"


with NWBHDF5IO("session.nwb", "r") as file:
    trials = file.read().trials
    found = [trials["timeseries"][number] for number in range(len(TRIALS))]
    for references in found:
        print(", ".join(said(reference) for reference in references))
    early = np.zeros(2, int)
    for number, (start, _) in enumerate(FRAMES[::5], len(TRIALS)):
        references = trials["timeseries"][number]
        early += [seconds[reference.idx_start] < start - 0.02 for reference in references]
    print(*early, "of", len(FRAMES[::5]))
END
cd "$temp"
run_python
what="data with a rate, and with a time per sample; trial"
same "$what of 20 to 22 s" "20.00 to 21.96 (50), 20.00 to 21.96 (50)" "$(line 1)"
same "$what of 8 to 15 s" "none, 10.00 to 14.96 (125)" "$(line 2)"
same "$what of 125 to 135 s" "IndexError, 125.00 to 129.96 (125)" "$(line 3)"
same "trials that begin at the time of a frame, and whose data begins before it" "78 0 of 500" "$(line 4)"
verdict
