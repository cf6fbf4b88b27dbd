#!/usr/bin/env bash
# NeuroKit's read_xdf turns trigger codes into ramps, loses the last marker, and keeps one face of each frame.
. "$(dirname "$0")/common.sh"
python_with neurokit2==0.3.0 pyxdf==1.17.5 pandas==2.3.3 scipy==1.17.1 scikit-learn==1.9.1 matplotlib==3.11.2 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import struct
import warnings

import neurokit2
import numpy as np

warnings.simplefilter("ignore")


def chunk(tag, content):
    return b"\x04" + struct.pack("<IH", len(content) + 2, tag) + content


def values(kind, value):
    return b"\x01" + bytes([len(value)]) + value.encode() if kind == "string" else struct.pack("<f", value)


def read(name, rate, kind, times, samples):
    """What read_xdf makes of one stream beside skin conductance of 60 s at 100 Hz."""
    conductance = np.arange(6000) / 100
    streams = [("eda", 100, "float32", conductance, np.sin(conductance)), (name, rate, kind, times, samples)]
    with open("recorded.xdf", "wb") as file:
        file.write(b"XDF:" + chunk(1, b"<info><version>1.0</version></info>"))
        for number, (label, rate, kind, times, samples) in enumerate(streams, 1):
            header = (
                f"<info><name>{label}</name><type>{label}</type><channel_count>1</channel_count>"
                f"<nominal_srate>{rate}</nominal_srate><channel_format>{kind}</channel_format><created_at>1</created_at>"
                f"<desc><channels><channel><label>{label}</label></channel></channels></desc></info>"
            )
            content = b"".join(b"\x08" + struct.pack("<d", 100 + t) + values(kind, v) for t, v in zip(times, samples))
            stream = struct.pack("<I", number)
            file.write(chunk(2, stream + header.encode()))
            file.write(chunk(3, stream + b"\x04" + struct.pack("<I", len(times)) + content))
            file.write(chunk(6, stream + b"<info></info>"))
    return neurokit2.read_xdf("recorded.xdf", verbose=False)[0][name]


def steps(column):
    """Each value with the second at which it begins."""
    column = column.dropna()
    changed = column[column.diff() != 0]
    return " ".join(f"{value:g} at {second:.1f}" for second, value in changed.items())


times = [10.0013, 20.0021, 30.0008, 50.0017]
words = read("marker", 0, "string", times, ["start", "happy", "sad", "end"])
print(steps(words))
print(f"{words.iloc[-1]:g}")
codes = read("marker", 0, "string", times, ["1", "7", "2", "9"])
print(" ".join(f"{codes[codes.index >= second].iloc[0]:.1f}" for second in (10.01, 15, 20.01, 25, 40, 55)))
both = read("person", 0, "float32", np.repeat(np.arange(1500) / 25, 2), [1, 2] * 1500)
print(sorted(float(person) for person in set(both.dropna())))
END
cd "$temp"
run_python
same "markers start, happy, sad and end (3, 1, 2 and 0 by the alphabet) at 10, 20, 30 and 50 s" \
  "3 at 10.0 1 at 20.0 2 at 30.0" "$(line 1)"
same "marker at the end of the recording" 2 "$(line 2)"
same "codes 1, 7, 2 and 9 at those times; after 10, 15, 20, 25, 40 and 55 s" "1.0 4.0 7.0 4.5 5.5 9.0" "$(line 3)"
same "persons 1 and 2, both in each frame" "[1.0]" "$(line 4)"
verdict
