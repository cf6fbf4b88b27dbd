#!/usr/bin/env bash
# pyxdf puts a straight line through the clock offsets of a sender that slept: all its stamps are wrong, before it, too.
. "$(dirname "$0")/common.sh"
python_with pyxdf==1.17.5 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import struct

import numpy as np
import pyxdf

SECONDS = np.arange(600.0)  # for which the sender is awake; it sleeps in the middle
HEADER = (
    "<info><name>markers</name><type>Markers</type><channel_count>1</channel_count><nominal_srate>0</nominal_srate>"
    "<channel_format>float32</channel_format><created_at>1</created_at></info>"
)


def chunk(tag, content):
    return b"\x04" + struct.pack("<IH", len(content) + 2, tag) + content


def write(clock, offsets):
    """A marker each second, and each 5 s an offset with the sender's time, as LabRecorder writes them."""
    stream = struct.pack("<I", 1)
    samples = b"".join(b"\x08" + struct.pack("<df", time, 0) for time in clock)
    with open("recorded.xdf", "wb") as file:
        file.write(b"XDF:" + chunk(1, b"<info><version>1.0</version></info>") + chunk(2, stream + HEADER.encode()))
        file.write(chunk(3, stream + b"\x04" + struct.pack("<I", len(clock)) + samples))
        for time, offset in list(zip(clock, offsets))[::5]:
            file.write(chunk(4, stream + struct.pack("<dd", time, offset)))
        file.write(chunk(6, stream + b"<info></info>"))


def errors(away, restarted=False, **options):
    """Errors of the stamps at the start, the end, and on both sides of a pause of the sender."""
    truth = SECONDS + np.where(SECONDS >= 300, away, 0)  # the recorder's clock
    clock = 5000 + SECONDS  # the sender's: a monotonic clock of Linux and macOS stands still in suspend
    if restarted:
        clock = np.where(SECONDS >= 300, SECONDS - 290, clock)  # it begins again
    offsets = truth - clock + np.random.default_rng(0).normal(size=600) / 10000
    write(clock, offsets)
    ((stream,), _) = pyxdf.load_xdf("recorded.xdf", **options)
    found = stream["time_stamps"]
    if not options.get("synchronize_clocks", True):
        found = found + np.interp(found, stream["clock_times"], stream["clock_values"])
    return " ".join(f"{round(float(error), 1) + 0:.1f}" for error in (found - truth)[[0, 290, 310, 599]])


print(errors(0))
print(errors(1))
print(errors(60))
print(errors(60, clock_reset_threshold_seconds=0, clock_reset_threshold_stds=0))
print(errors(60, restarted=True))
print(errors(60, synchronize_clocks=False))
END
cd "$temp"
run_python
same "errors in s at the start, 10 s before a pause of the sender, 10 s after it and at the end; no pause" \
  "0.0 0.0 0.0 0.0" "$(line 1)"
same "asleep for 1 s" "-0.2 0.5 -0.5 0.2" "$(line 2)"
same "asleep for 60 s" "-14.6 28.9 -28.1 15.2" "$(line 3)"
same "with the thresholds of clock resets at 0" "-14.6 28.9 -28.1 15.2" "$(line 4)"
same "restarted after 60 s" "0.0 0.0 0.0 0.0" "$(line 5)"
same "asleep for 60 s, stamps as recorded plus the nearest offsets" "0.0 0.0 0.0 0.0" "$(line 6)"
verdict
