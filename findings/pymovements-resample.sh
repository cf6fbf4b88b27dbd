#!/usr/bin/env bash
# pymovements resamples only what lies exactly on the new grid: of 120 Hz at 500 Hz, one sample in twelve.
. "$(dirname "$0")/common.sh"
python_with pymovements==0.28.0 polars==2.1.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

import numpy as np

warnings.simplefilter("error")
from pymovements import Experiment
from pymovements.gaze import from_numpy

SECONDS, AMPLITUDE = 4, 100  # of an eye that follows a target to and fro: pixels to each side


def resampled(rate, new_rate, swings, jitter=0.0):
    """Largest distance from the middle, largest error, and the share of samples without a value.

    Args:
        rate, new_rate: Samples per second before and after.
        swings: How often the target swings in a second.
        jitter: Standard deviation of the times of the samples, milliseconds.
    """
    times = np.arange(SECONDS * rate) * 1000 / rate
    times = np.round(times + np.random.default_rng(0).normal(0, jitter, len(times)), 3)
    target = lambda times: AMPLITUDE * np.sin(2 * np.pi * swings * times / 1000)
    screen = Experiment(1280, 1024, 38, 30, 68, "upper left", rate)
    gaze = from_numpy(time=times, pixel=np.tile(target(times), (2, 1)), experiment=screen, time_unit="ms")
    gaze.resample(new_rate)
    found = gaze.samples["pixel"].list.get(0).to_numpy().astype(float)
    error = np.abs(found - target(gaze.samples["time"].to_numpy()))
    empty = np.isnan(found)
    found, error = (np.where(empty, 0, values) for values in (found, error))
    return f"{found.max():.0f} {error.max():.0f} {100 * empty.mean():.0f}"


print(resampled(1000, 250, 2))
print(resampled(1000, 2000, 2))
print(resampled(250, 500, 2))
print(resampled(120, 500, 2))
print(resampled(120, 500, 10))
print(resampled(60, 50, 2))
print(resampled(250, 250, 2, jitter=0.2))
END
run_python
what="largest value (100 is right) and error, and % of samples without a value;"
same "$what 2 Hz, 1000 to 250 Hz" "100 0 0" "$(line 1)"
same "$what 1000 to 2000 Hz" "100 0 0" "$(line 2)"
same "$what 250 to 500 Hz" "100 0 0" "$(line 3)"
same "$what 120 to 500 Hz" "95 5 1" "$(line 4)"
same "$what 10 Hz, 120 to 500 Hz" "0 100 1" "$(line 5)"
same "$what 2 Hz, 60 to 50 Hz" "95 18 2" "$(line 6)"
same "$what 250 to 250 Hz, times that vary by 0.2 ms" "70 155 45" "$(line 7)"
verdict
