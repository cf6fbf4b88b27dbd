#!/usr/bin/env bash
# An uncompressed AVI whose first row is stored first is shown with other pixels by GStreamer, without an error.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good ffmpeg
python_with numpy==2.4.6
cat > "$temp/run.py" <<'END'
import os
import struct

import numpy as np

WIDTH, HEIGHT, FRAMES = 64, 48, 5


def chunk(kind, content):
    return kind + struct.pack("<I", len(content)) + content


def listed(kind, content):
    return chunk(b"LIST", kind + content)


def write(path, top_down):
    """Rows that become lighter towards the bottom: 8 bits with a palette of grays, as programs for measurements write."""
    rows = [bytes([4 * y]) * WIDTH for y in range(HEIGHT)]
    frame = b"".join(rows if top_down else rows[::-1])
    height = -HEIGHT if top_down else HEIGHT  # a height below 0: the first row comes first (BITMAPINFOHEADER)
    palette = b"".join(bytes([gray, gray, gray, 0]) for gray in range(256))
    bitmap = struct.pack("<IiiHHI5I", 40, WIDTH, height, 1, 8, 0, len(frame), 0, 0, 256, 0) + palette
    stream = b"vidsDIB " + struct.pack("<IHH8I4h", 0, 0, 0, 0, 1, 25, 0, FRAMES, len(frame), 2**32 - 1, 0, 0, 0, WIDTH, HEIGHT)
    film = struct.pack("<10I", 40_000, 25 * len(frame), 0, 0x10, FRAMES, 0, 1, len(frame), WIDTH, HEIGHT) + bytes(16)
    track = listed(b"strl", chunk(b"strh", stream) + chunk(b"strf", bitmap))
    places = [b"00db" + struct.pack("<III", 0x10, 4 + i * (8 + len(frame)), len(frame)) for i in range(FRAMES)]
    content = listed(b"hdrl", chunk(b"avih", film) + track) + listed(b"movi", chunk(b"00db", frame) * FRAMES)
    with open(path, "wb") as file:
        file.write(chunk(b"RIFF", b"AVI " + content + chunk(b"idx1", b"".join(places))))


if raw := os.environ.get("RAW"):
    found = np.fromfile(raw, np.uint8)[: WIDTH * HEIGHT].reshape(HEIGHT, WIDTH)
    print("is it what was stored:", bool(np.abs(found.astype(int) - 4 * np.arange(HEIGHT)[:, None]).max() <= 3))
else:
    write("bottom-up.avi", False)
    write("top-down.avi", True)
END
cd "$temp"
run_python
for file in bottom-up top-down; do
  ffmpeg -v error -y -i $file.avi -f rawvideo -pix_fmt gray raw 2> log
  run_python RAW=raw
  same "$file, by FFmpeg" "is it what was stored: True" "$(line 1)"
  gst-launch-1.0 -q filesrc location=$file.avi ! decodebin ! videoconvert ! video/x-raw,format=RGB ! videoconvert \
    ! video/x-raw,format=GRAY8,colorimetry=1:1:0:0 ! filesink location=raw 2> log
  run_python RAW=raw
  expected=$([ $file = bottom-up ] && echo True || echo False)
  same "$file, by GStreamer" "is it what was stored: $expected" "$(line 1)"
  same "what GStreamer says" "" "$(cat log)"
done
verdict
