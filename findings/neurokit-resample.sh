#!/usr/bin/env bash
# NeuroKit's signal_resample stretches or squeezes a signal, and the last sample of some is 0.
. "$(dirname "$0")/common.sh"
python_with neurokit2==0.3.0 numpy==2.4.6 scipy==1.17.1 pandas==3.1.1
cat > "$temp/run.py" <<'END'
import warnings

import numpy as np
import scipy.signal
from neurokit2 import signal_resample

warnings.simplefilter("error")
PAIRS = ((1000, 100), (1000, 250), (2000, 1000), (256, 128))  # Hz


def last(rate, wanted):
    """How many signals of 1 to 20 s that are 5.0 throughout end with 0, and how many were tried."""
    lengths = range(rate, 20 * rate, rate // 20)
    ends = [signal_resample(np.full(length, 5.0), sampling_rate=rate, desired_sampling_rate=wanted)[-1]
            for length in lengths]
    assert all(np.isclose(end, 5) or end == 0 for end in ends)
    return f"{sum(end == 0 for end in ends)} of {len(ends)}"


def late(method, rate, wanted, seconds=3):
    """How late what was at each second is in the new signal (ms). The value of the signal is the time."""
    found = signal_resample(np.arange(seconds * rate) / rate, sampling_rate=rate, desired_sampling_rate=wanted,
                            method=method)
    return " ".join(f"{1000 * (second - found[second * wanted]):.1f}" for second in range(seconds))


print(*(last(*pair) for pair in PAIRS), sep=", ")
heart = signal_resample(np.full(11500, 72.0), sampling_rate=1000, desired_sampling_rate=100)  # beats a minute
print(f"{heart[-2]:.0f} {heart[-1]:.0f}, {scipy.signal.resample(np.full(11500, 72.0), 1150)[-1]:.0f}")
for method in ("interpolation", "numpy"):
    print(late(method, 25, 100), late(method, 1000, 10), late(method, 30, 1), sep=", ")
END
run_python
same "signals of 5.0 that end with 0: 1000 to 100 Hz, 1000 to 250, 2000 to 1000, 256 to 128" \
  "29 of 380, 48 of 380, 44 of 380, 54 of 406" "$(line 1)"
same "the last two of 11.5 s at 72 beats a minute, 1000 to 100 Hz, and the last one by SciPy" "72 0, 72" "$(line 2)"
same "ms by which what was at 0, 1 and 2 s of 3 s is late: 25 to 100 Hz, 1000 to 10, 30 to 1" \
  "-0.0 10.0 20.1, -0.0 -34.1 -68.3, -0.0 -483.3 -966.7" "$(line 3)"
same "with method numpy" "0.0 0.0 0.0, 0.0 0.0 0.0, 0.0 0.0 0.0" "$(line 4)"
verdict
