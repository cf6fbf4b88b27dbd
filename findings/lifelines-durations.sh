#!/usr/bin/env bash
# lifelines rounds durations down to whole units, and takes what happens after its import for not observed.
. "$(dirname "$0")/common.sh"
python_with lifelines==0.30.3 pandas==2.3.3 scipy==1.16.3 matplotlib==3.10.9 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import time
import warnings
from datetime import datetime, timedelta

from lifelines import KaplanMeierFitter
from lifelines.utils import datetimes_to_durations

NOON, EVENING = datetime(2026, 6, 1, 12), datetime(2026, 6, 1, 18)
warnings.simplefilter("error")
assert "array of floats representing the durations" in datetimes_to_durations.__doc__

SMILES = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.3, 2.4]  # seconds until each of ten people smiles
for unit, length in (("s", 1), ("ms", 0.001)):
    ends = [NOON + timedelta(seconds=second) for second in SMILES]
    durations, seen = datetimes_to_durations([NOON] * len(ends), ends, fill_date=EVENING, freq=unit)
    median = KaplanMeierFitter().fit(durations, seen).median_survival_time_
    print(" ".join(f"{duration * length:g}" for duration in durations), f"median {median * length:g}")
stays = [NOON + timedelta(minutes=minutes) for minutes in (59, 89, 119)]
print(datetimes_to_durations([NOON] * 3, stays, fill_date=EVENING, freq="h")[0])

time.sleep(1)
left = datetime.now()  # somebody leaves a moment after the import, and came ten minutes before that
for date in ({}, {"fill_date": left}):
    durations, seen = datetimes_to_durations([left - timedelta(minutes=10)], [left], **date, freq="ms")
    print(bool(seen[0]), bool(durations[0] < 600_000))
END
run_python
same "seconds until a smile, in seconds" "0 0 0 0 0 0 0 0 1 2 median 0" "$(line 1)"
same "in milliseconds" "0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.3 2.4 median 0.6" "$(line 2)"
same "hours of 59, 89 and 119 minutes" "[0. 1. 1.]" "$(line 3)"
what="who leaves a second after the import is seen to leave; and has left earlier"
same "$what" "False True" "$(line 4)"
same "$what; with fill_date" "True False" "$(line 5)"
verdict
