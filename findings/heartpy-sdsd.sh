#!/usr/bin/env bash
# HeartPy's SDSD is that of the sizes of the differences, without their signs.
. "$(dirname "$0")/common.sh"
python_with heartpy==1.2.7 matplotlib==3.10.9 scipy==1.17.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

import heartpy
import numpy as np

warnings.filterwarnings("error", module="heartpy")
RATE = 1000  # Hz


def pulse(beats):
    """A pulse wave of three minutes: a peak of 100 ms at each beat (s)."""
    seconds = np.arange(180 * RATE) / RATE
    return sum(np.exp(-(((seconds - beat) / 0.04) ** 2)) for beat in beats)


def measured(intervals):
    """SDSD of HeartPy and of its definition, RMSSD and beats per minute, of intervals between beats (ms)."""
    beats = 1 + np.cumsum(intervals) / 1000
    data, found = heartpy.process(pulse(beats[beats < 178]), RATE)
    differences = np.diff(data["RR_list"])
    assert not data["removed_beats"].size  # all beats are found and kept
    return f"{found['sdsd']:.1f} {np.std(differences):.1f}, {found['rmssd']:.1f}, {found['bpm']:.0f}"


random = np.random.default_rng(1)
print(measured(random.normal(850, 40, 220)))
print(measured(850 + 40 * np.sin(np.arange(220) * 0.85 / 5 * 2 * np.pi)))  # breath in, breath out: 5 s
print(measured(850 + 20 * (-1.0) ** np.arange(220)))
END
run_python
what="SDSD (ms) of HeartPy and by definition, RMSSD, and beats per minute;"
same "$what intervals that vary at random" "34.0 55.7, 55.7, 71" "$(line 1)"
same "$what with breathing" "12.7 28.8, 28.8, 71" "$(line 2)"
same "$what long and short ones in turn" "0.0 40.0, 40.0, 71" "$(line 3)"
verdict
