#!/usr/bin/env bash
# decord returns other frames than asked for where groups of pictures are open, as in HEVC with x265's defaults.
. "$(dirname "$0")/common.sh"
python_with decord==0.6.0 imageio-ffmpeg==0.8.1 numpy==2.4.6 opencv-python-headless==4.14.0.94
cat > "$temp/run.py" <<'END'
import subprocess

import cv2
import decord
import imageio_ffmpeg
import numpy as np

FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
COUNT = 75
THREADS = {"x264": "threads=1", "x265": "frame-threads=1:log-level=error"}
WANTED = list(range(0, COUNT, 7))
film = b"".join(np.full((64, 64, 3), 10 + 3 * number, np.uint8).tobytes() for number in range(COUNT))


def write(path, codec, options):
    """A film of which each frame is a little brighter than the one before it, with a key frame each 15."""
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "64x64", "-r", "25", "-i", "-"]
    encoder = ["-c:v", f"lib{codec}", "-qp", "4", "-g", "15"]
    encoder += [f"-{codec}-params", f"scenecut=0:{THREADS[codec]}{options}"]
    subprocess.run([*FFMPEG, *raw, *encoder, "-pix_fmt", "yuv420p", path], input=film, capture_output=True, check=True)


def number(picture):
    return round((float(picture.mean()) - 10) / 3)


def by_decord(path, wanted):
    return [number(picture) for picture in decord.VideoReader(path).get_batch(wanted).asnumpy()]


def by_opencv(path, wanted):
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    for frame in wanted:
        capture.set(cv2.CAP_PROP_POS_FRAMES, frame)
        yield number(capture.read()[1])


def worst(found, wanted):
    """The largest error in frames."""
    return max(abs(a - b) for a, b in zip(found, wanted))


for codec, options, suffix in (
    ("x265", ":open-gop=0", "mp4"), ("x265", "", "mp4"), ("x265", "", "mkv"), ("x264", ":open-gop=1", "mp4"),
):
    path = f"film.{suffix}"
    write(path, codec, options)
    print(
        "all in order", worst(by_decord(path, range(COUNT)), range(COUNT)),
        "OpenCV", worst(by_opencv(path, WANTED), WANTED),
        "decord", *(found - frame for found, frame in zip(by_decord(path, WANTED), WANTED)),
    )
END
cd "$temp"
"$python" run.py > out 2> log || { tail -3 log; exit 1; }
same "largest error in frames, and those of each 7th frame by get_batch; x265, closed" \
  "all in order 0 OpenCV 0 decord 0 0 0 0 0 0 0 0 0 0 0" "$(sed -n 1p out)"
same "x265's default, MP4" "all in order 0 OpenCV 0 decord 0 0 3 3 3 0 0 0 0 0 0" "$(sed -n 2p out)"
same "x265's default, Matroska" "all in order 0 OpenCV 0 decord 0 0 -12 -12 -12 0 0 0 0 0 0" "$(sed -n 3p out)"
same "x264, open, MP4" "all in order 0 OpenCV 0 decord 0 0 2 2 2 2 2 2 2 0 0" "$(sed -n 4p out)"
verdict
