#!/usr/bin/env bash
# After a stall of the network, rtpjitterbuffer gives frames of an RTP stream wrong times for many seconds.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-plugins-base gstreamer1.0-plugins-good gir1.2-gstreamer-1.0 python3-gi
python=/usr/bin/python3
cat > "$temp/run.py" <<'END'
import struct

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst

RATE, CLOCK = 25, 90000  # frames per second, ticks of RTP per second
STALL = range(250, 325)  # frames that the network holds back: they arrive together with the next one, 3 s late at most
SHOWN = 0, 249, 250, 275, 324, 350, 400, 500  # frames: before the stall, in it, and 1, 3 and 7 s after its end
caps = f"application/x-rtp,media=video,clock-rate={CLOCK},encoding-name=H264,payload=96"


def late(arrivals, options):
    """By how many milliseconds the times of these frames are later than those that the camera wrote into RTP."""
    pipeline = Gst.parse_launch(f'appsrc name=network format=time caps="{caps}" ! rtpjitterbuffer {options}'
                                " ! appsink name=frames sync=false")
    network, frames = (pipeline.get_by_name(name) for name in ("network", "frames"))
    pipeline.set_state(Gst.State.PLAYING)
    for number, second in enumerate(arrivals):
        header = struct.pack("!BBHII", 0x80, 0x80 | 96, number, number * CLOCK // RATE, 1)
        packet = Gst.Buffer.new_wrapped(header + b"\x41" + struct.pack("!I", number))
        packet.pts = packet.dts = round(second * Gst.SECOND)
        network.emit("push-buffer", packet)
    network.emit("end-of-stream")
    found = {}
    while sample := frames.emit("pull-sample"):
        buffer = sample.get_buffer()
        (number,) = struct.unpack("!I", bytes(buffer.extract_dup(13, 4)))
        found[number] = round((buffer.pts / Gst.SECOND - number / RATE) * 1000)
    pipeline.set_state(Gst.State.NULL)
    return f"{len(found)} frames, " + " ".join(f"{found[number]}" for number in SHOWN)


Gst.init(None)
print(Gst.version_string())
regular = [number / RATE for number in range(750)]
stalled = [STALL.stop / RATE if number in STALL else second for number, second in enumerate(regular)]
for arrivals, options in ((regular, ""), (stalled, ""), (stalled, "mode=none"), (stalled, "mode=buffer")):
    print(late(arrivals, options))
END
run_python
what="ms by which frames 0, 249, 250, 275, 324, 350, 400 and 500 are late by their stamps:"
echo "$(line 1)"
same "$what all arrive when they were taken" "750 frames, 0 0 0 0 0 0 0 0" "$(line 2)"
same "250 to 324 arrive together with 325, mode slave (the default)" "750 frames, 0 0 3000 2407 910 738 494 221" "$(line 3)"
same "mode none" "750 frames, 0 0 0 0 0 0 0 0" "$(line 4)"
same "mode buffer" "750 frames, 0 0 0 0 0 0 0 0" "$(line 5)"
verdict
