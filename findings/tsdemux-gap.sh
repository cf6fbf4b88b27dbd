#!/usr/bin/env bash
# tsdemux shortens every gap of a transport stream in a file to half a second.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav
python_with av==18.1.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import re, subprocess, sys
from fractions import Fraction

import av
import numpy as np


def write(path, gap):
    """A second at 25 fps, a gap in milliseconds, and another second."""
    with av.open(path, "w") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        stream.options = {"g": "5", "bf": "0"}
        stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(50):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 5 * number, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number * 40 + (number >= 25) * (gap - 40), Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def gap_of(times):
    return f"{len(times)} frames, longest step {max(b - a for a, b in zip(times, times[1:])):.2f} s"


def pyav(path):
    with av.open(path) as file:
        return gap_of([frame.time for frame in file.decode(video=0)])


def launch(pipeline):
    return subprocess.run(["gst-launch-1.0", *pipeline.split()], check=True, capture_output=True, text=True).stdout


def gstreamer(path, demuxer):
    log = launch(f"-v filesrc location={path} ! {demuxer} ! h264parse ! avdec_h264 ! fakesink silent=false sync=false")
    stamps = re.findall(r"chain.*?pts: (\d+):(\d+):([\d.]+)", log)
    return gap_of([int(h) * 3600 + int(m) * 60 + float(s) for h, m, s in stamps])


for gap in (500, 1000, 30000):
    write("gap.mp4", gap)
    write("gap.ts", gap)
    launch("filesrc location=gap.mp4 ! qtdemux ! h264parse ! mpegtsmux ! filesink location=gst.ts")
    for name in ("gap.ts", "gst.ts"):
        print(gap / 1000, "s,", name, "by PyAV:", pyav(name))
        print(gap / 1000, "s,", name, "by tsdemux:", gstreamer(name, "tsdemux"))
    print(gap / 1000, "s, gap.mp4 by qtdemux:", gstreamer("gap.mp4", "qtdemux"))
END
cd "$temp"
"$python" run.py > out
line() { sed -n "$1p" out | sed 's/.*: //'; }
number=1
for gap in 0.50 1.00 30.00; do
  for muxer in FFmpeg GStreamer; do
    same "gap of $gap s, muxed by $muxer, read by PyAV" "50 frames, longest step $gap s" "$(line $number)"
    same "read by tsdemux" "50 frames, longest step 0.50 s" "$(line $((number + 1)))"
    number=$((number + 2))
  done
  same "the same gap in an MP4, read by qtdemux" "50 frames, longest step $gap s" "$(line $number)"
  number=$((number + 1))
done
verdict
