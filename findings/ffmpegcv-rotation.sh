#!/usr/bin/env bash
# ffmpegcv cuts the frames of a video that was held upright into rows of the wrong length.
. "$(dirname "$0")/common.sh"
debian ffmpeg
python_with ffmpegcv==0.3.20 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import subprocess

import ffmpegcv
import numpy as np

FFMPEG = ["ffmpeg", "-v", "error"]
WIDTH, HEIGHT = 320, 180  # as stored: a phone stores what it sees lengthwise, and how it was held
frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
frame[60:120, 100:160] = 255  # a bright square of 60 pixels, for a face
raw = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{WIDTH}x{HEIGHT}", "-r", "25", "-i", "-"]
subprocess.run([*FFMPEG, *raw, "-pix_fmt", "yuv420p", "0.mp4"], input=frame.tobytes() * 5, check=True)
for angle in ("90", "180"):
    turn = ["-metadata:s:v", f"rotate={angle}"]
    subprocess.run([*FFMPEG, "-i", "0.mp4", "-c", "copy", *turn, f"{angle}.mp4"], check=True)


def bright(frame):
    """The shape of a frame, and the height and width of the area in which it is bright somewhere."""
    rows, columns = np.nonzero(frame[:, :, 0] > 128)
    return f"{frame.shape[:2]} {np.ptp(rows) + 1} x {np.ptp(columns) + 1}"


for angle in ("0", "180", "90"):
    command = [*FFMPEG, "-i", f"{angle}.mp4", "-f", "rawvideo", "-pix_fmt", "bgr24", "-"]
    shown = subprocess.run(command, check=True, capture_output=True).stdout
    shown = np.frombuffer(shown, np.uint8).reshape(5, *((WIDTH, HEIGHT) if angle == "90" else (HEIGHT, WIDTH)), 3)
    with ffmpegcv.VideoCapture(f"{angle}.mp4") as capture:
        frames = list(capture)
    same = all(np.array_equal(a.ravel(), b.ravel()) for a, b in zip(frames, shown, strict=True))
    print(f"ffmpeg {bright(shown[0])}; ffmpegcv {bright(frames[0])}; the same numbers: {same}")
END
cd "$temp"
run_python
what="shape of a frame, and of its bright square;"
same "$what as stored" "ffmpeg (180, 320) 60 x 60; ffmpegcv (180, 320) 60 x 60; the same numbers: True" "$(line 1)"
same "$what half a turn" "ffmpeg (180, 320) 60 x 60; ffmpegcv (180, 320) 60 x 60; the same numbers: True" "$(line 2)"
same "$what a quarter turn" "ffmpeg (320, 180) 60 x 60; ffmpegcv (180, 320) 34 x 320; the same numbers: True" "$(line 3)"
verdict
