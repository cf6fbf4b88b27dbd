#!/usr/bin/env bash
# OpenCV and decord turn a mirrored video upside down: they read the display matrix as an angle.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-good
python_with av==18.1.0 decord==0.6.0 imageio-ffmpeg==0.8.1 numpy==2.4.6 opencv-python-headless==4.14.0.94
cat > "$temp/run.py" <<'END'
import struct, subprocess

import av
import cv2
import decord
import imageio_ffmpeg
import numpy as np

FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"]
WIDTH, HEIGHT = 96, 64
quarters = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
quarters[:32, :48, 0] = quarters[:32, 48:, 1] = quarters[32:, :48, 2] = 255
quarters[32:, 48:] = 255
raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", "25", "-i", "-"]
subprocess.run([*FFMPEG, *raw, "-pix_fmt", "yuv420p", "plain.mp4"], input=quarters.tobytes() * 5, check=True)
plain = open("plain.mp4", "rb").read()
one = 1 << 16
MATRICES = {  # x' = a x + c y + tx, y' = b x + d y + ty
    "none": (1, 0, 0, 1, 0, 0),
    "half a turn": (-1, 0, 0, -1, WIDTH, HEIGHT),
    "mirrored": (-1, 0, 0, 1, WIDTH, 0),
    "top to bottom": (1, 0, 0, -1, 0, HEIGHT),
    "mirrored, a quarter turn": (0, 1, 1, 0, 0, 0),
    "mirrored, a quarter turn the other way": (0, -1, -1, 0, HEIGHT, WIDTH),
}


def matrix(a, b, c, d, x, y):
    return struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, x * one, y * one, 1 << 30)


def colours(frame):
    """The colours of the quarters, row by row."""
    names = {(1, 0, 0): "R", (0, 1, 0): "G", (0, 0, 1): "B", (1, 1, 1): "W"}
    rows, columns = frame.shape[:2]
    places = [(y * rows // 4, x * columns // 4) for y in (1, 3) for x in (1, 3)]
    return "".join(names[tuple((frame[place] > 128).astype(int))] for place in places)


def orientation(path):
    """What GStreamer's qtdemux says of a file."""
    command = ["gst-launch-1.0", "-t", "filesrc", f"location={path}", "!", "qtdemux", "!", "fakesink"]
    log = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return next((line.split(": ")[1].strip() for line in log.splitlines() if "orientation" in line), "none")


for name, values in MATRICES.items():
    at = plain.index(matrix(*MATRICES["none"]), plain.index(b"tkhd"))
    open("turned.mp4", "wb").write(plain[:at] + matrix(*values) + plain[at + 36 :])
    still = [*FFMPEG, "-i", "turned.mp4", "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    shown = subprocess.run(still, check=True, capture_output=True).stdout
    capture = cv2.VideoCapture("turned.mp4", cv2.CAP_FFMPEG)
    opencv = capture.read()[1][:, :, ::-1]
    with av.open("turned.mp4") as file:
        rotation = abs(next(file.decode(video=0)).rotation)
    size = (HEIGHT, WIDTH) if values[0] else (WIDTH, HEIGHT)
    print(
        "ffmpeg", colours(np.frombuffer(shown, np.uint8).reshape(*size, 3)), "OpenCV", colours(opencv),
        "decord", colours(decord.VideoReader("turned.mp4")[0].asnumpy()), "PyAV", rotation,
        "qtdemux", orientation("turned.mp4"),
    )
END
cd "$temp"
"$python" run.py > out
line() { sed -n "$1p" out; }
same "no matrix" "ffmpeg RGBW OpenCV RGBW decord RGBW PyAV 0 qtdemux none" "$(line 1)"
same "half a turn" "ffmpeg WBGR OpenCV WBGR decord WBGR PyAV 180 qtdemux rotate-180" "$(line 2)"
same "mirrored left to right" "ffmpeg GRWB OpenCV WBGR decord WBGR PyAV 180 qtdemux flip-rotate-0" "$(line 3)"
same "mirrored top to bottom" "ffmpeg BWRG OpenCV RGBW decord RGBW PyAV 0 qtdemux flip-rotate-180" "$(line 4)"
same "mirrored, a quarter turn" "ffmpeg RBGW OpenCV BRWG decord BRWG PyAV 90 qtdemux flip-rotate-270" "$(line 5)"
same "mirrored, a quarter turn the other way" \
  "ffmpeg WGBR OpenCV GWRB decord GWRB PyAV 90 qtdemux none" "$(line 6)"
verdict
