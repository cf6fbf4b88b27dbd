#!/usr/bin/env bash
# imageio's FFMPEG plugin repeats or drops frames to reach a rate it does not report; its numbers fit none of the others.
. "$(dirname "$0")/common.sh"
python_with imageio==2.38.1 imageio-ffmpeg==0.8.1 av==18.1.0 numpy==2.4.6 opencv-python-headless==4.14.0.94
cat > "$temp/run.py" <<'END'
from fractions import Fraction

import av
import cv2
import imageio
import numpy as np

COUNT = 60
RECORDINGS = {
    "30 fps": [number / 30 for number in range(COUNT)],
    "30 fps, then 15 in the dark": [number / 30 if number < 30 else 1 + (number - 30) / 15 for number in range(COUNT)],
    "30 fps, then 60": [number / 30 if number < 30 else 1 + (number - 30) / 60 for number in range(COUNT)],
}


def write(path, times):
    """A film of which each frame is a little brighter than the one before it."""
    with av.open(path, "w") as file:
        stream = file.add_stream("libx264", rate=30)
        stream.width = stream.height = 64
        stream.options = {"qp": "4", "bf": "0"}
        stream.time_base = stream.codec_context.time_base = Fraction(1, 90000)
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 10 + 3 * number, np.uint8), format="rgb24")
            frame.pts, frame.time_base = round(time * 90000), Fraction(1, 90000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def number(picture):
    return round((float(picture.mean()) - 10) / 3)


def by_opencv(path):
    capture, found = cv2.VideoCapture(path, cv2.CAP_FFMPEG), 0
    while capture.read()[0]:
        found += 1
    return found


for name, times in RECORDINGS.items():
    for suffix in ("mp4", "mkv"):
        path = f"film.{suffix}"
        write(path, times)
        with imageio.get_reader(path, "ffmpeg") as reader:
            seen = [number(picture) for picture in reader]
            rate = reader.get_meta_data()["fps"]
            counted = reader.count_frames()
        print(
            f"OpenCV {by_opencv(path)}, count_frames {counted}, read {len(seen)} of which {len(set(seen))} differ,",
            f"fps {rate:.4g}, so {len(seen) / rate:.2f} s",
        )
END
cd "$temp"
run_python
same "2 s at 30 fps, MP4" "OpenCV 60, count_frames 60, read 60 of which 60 differ, fps 30, so 2.00 s" "$(line 1)"
same "Matroska" "OpenCV 60, count_frames 60, read 60 of which 60 differ, fps 30, so 2.00 s" "$(line 2)"
same "1 s at 30 fps and 2 s at 15, MP4" "OpenCV 60, count_frames 60, read 89 of which 60 differ, fps 20.22, so 4.40 s" "$(line 3)"
same "Matroska" "OpenCV 60, count_frames 60, read 89 of which 60 differ, fps 30, so 2.97 s" "$(line 4)"
same "1 s at 30 fps and half a second at 60, MP4" "OpenCV 60, count_frames 60, read 91 of which 60 differ, fps 39.56, so 2.30 s" "$(line 5)"
same "Matroska" "OpenCV 60, count_frames 60, read 47 of which 47 differ, fps 30, so 1.57 s" "$(line 6)"
verdict
