#!/usr/bin/env bash
# pyxdf's defaults move the stamps of a 25 Hz stream by half of a gap, up to 10 s; a gap above 20 s moves nothing.
. "$(dirname "$0")/common.sh"
python_with pyxdf==1.17.5 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import logging, struct, sys
import numpy as np
import pyxdf

warnings = []
handler = logging.Handler()
handler.emit = lambda record: warnings.append(record.getMessage()) if record.levelno >= logging.WARNING else None
logging.getLogger().addHandler(handler)


def chunk(tag, content):
    return b"\x04" + struct.pack("<IH", len(content) + 2, tag) + content


def write(path, times, rate, extra):
    """One stream with a float per time."""
    header = (f"<info><name>face</name><type>Face</type><channel_count>1</channel_count><nominal_srate>{rate}"
              f"</nominal_srate><channel_format>float32</channel_format><desc>{extra}</desc></info>")
    samples = b"".join(b"\x08" + struct.pack("<df", time, 0.5) for time in times)
    with open(path, "wb") as file:
        file.write(b"XDF:" + chunk(1, b"<info><version>1.0</version></info>"))
        file.write(chunk(2, struct.pack("<I", 1) + header.encode()))
        file.write(chunk(3, struct.pack("<I", 1) + b"\x04" + struct.pack("<I", len(times)) + samples))
        file.write(chunk(6, struct.pack("<I", 1) + b"<info></info>"))


def moved(gap, rate=25, extra=""):
    """Most seconds by which a stamp of a minute at 25 Hz differs after loading; the gap is in its middle."""
    frames = np.arange(60 * 25)
    times = 100 + frames / 25 + (frames >= 30 * 25) * gap
    path = f"{sys.argv[1]}/recorded.xdf"
    write(path, times, rate, extra)
    ((stream,), _) = pyxdf.load_xdf(path)
    return f"{np.abs(stream['time_stamps'] - times).max():.1f}"


print(moved(3), len([text for text in warnings if "rate" in text]))
print(moved(19), moved(25))
print(moved(19, 0), moved(19, 25, "<synchronization><can_drop_samples>true</can_drop_samples></synchronization>"))
END
"$python" "$temp/run.py" "$temp" > "$temp/out"
same "gap of 3 s: seconds by which stamps move, warnings" "1.5 0" "$(sed -n 1p "$temp/out")"
same "gap of 19 s, of 25 s" "9.5 0.0" "$(sed -n 2p "$temp/out")"
same "gap of 19 s: stream declared irregular, stream that can drop samples" "0.0 0.0" "$(sed -n 3p "$temp/out")"
verdict
