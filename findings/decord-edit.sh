#!/usr/bin/env bash
# decord counts the hidden frames of a trimmed MP4 and fills the end with copies of the last frame.
. "$(dirname "$0")/common.sh"
python_with decord==0.6.0 av==18.1.0 imageio-ffmpeg==0.8.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import subprocess

import av
import decord
import imageio_ffmpeg
import numpy as np

FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error"]
film = b"".join(np.full((64, 64, 3), 10 + 3 * number, np.uint8).tobytes() for number in range(80))
raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "64x64", "-r", "25", "-i", "-"]
h264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-qp", "4", "-g", "80", "-bf", "0", "-sc_threshold", "0"]
subprocess.run([*FFMPEG, *raw, *h264, "whole.mp4"], input=film, check=True)
# 35 frames from number 10 on: the 10 before it are needed to decode it, and hidden by an edit
subprocess.run([*FFMPEG, "-ss", "0.4", "-i", "whole.mp4", "-t", "1.4", "-c", "copy", "cut.mp4"], check=True)


def numbers(pictures):
    return [round((float(picture.mean()) - 10) / 3) for picture in pictures]


with av.open("cut.mp4") as file:
    found = numbers(frame.to_ndarray(format="rgb24") for frame in file.decode(video=0))
print(len(found), "frames,", found[0], "to", found[-1])
reader = decord.VideoReader("cut.mp4")
found = numbers(reader[i].asnumpy() for i in range(len(reader)))
print(len(found), "frames,", found[0], "to", found[-1], "which comes", found.count(found[-1]), "times")
print(round(float(reader.get_frame_timestamp(0)[0]), 2))
END
cd "$temp"
"$python" run.py > out 2> log; cat log
same "1.4 s of 25 fps, cut without encoding, PyAV" "35 frames, 10 to 44" "$(sed -n 1p out)"
same "decord" "45 frames, 10 to 44 which comes 11 times" "$(sed -n 2p out)"
same "time of its first frame, s" "-0.4" "$(sed -n 3p out)"
same "lines on stderr" 0 "$(wc -l < log)"
verdict
