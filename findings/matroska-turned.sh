#!/usr/bin/env bash
# A phone's video that FFmpeg has put into a Matroska file is shown upright by FFmpeg only.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav
python_with imageio-ffmpeg==0.8.1 opencv-python-headless==4.14.0.94 numpy==2.4.6
ffmpeg=$("$python" -c "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())")
cat > "$temp/run.py" <<'END'
import os

import cv2
import numpy as np

path, raw = os.environ["FILE"], os.environ["RAW"]


def corners(gray):
    """Which of the four corners is darkest, to which is brightest, row by row."""
    half = 32
    means = [gray[y : y + half, x : x + half].mean() for y in (0, half) for x in (0, half)]
    return "".join(str(rank) for rank in np.argsort(np.argsort(means)))


def shown(name):
    return corners(np.fromfile(f"{raw}.{name}", np.uint8)[:4096].reshape(64, 64))


capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
print(f"FFmpeg {shown('ffmpeg')}, OpenCV {corners(capture.read()[1][:, :, 0])}, GStreamer {shown('gst')}")
END
cd "$temp"
square="drawbox=32:0:32:32:0x606060:fill,drawbox=0:32:32:32:0xA0A0A0:fill,drawbox=32:32:32:32:0xE0E0E0:fill"
"$ffmpeg" -v error -f lavfi -i "color=0x202020:s=64x64:r=25,$square" -t 0.2 -pix_fmt yuv420p 0.mp4

# What three programs show of a file.
look() {
  "$ffmpeg" -v error -y -i "$1" -f rawvideo -pix_fmt gray raw.ffmpeg
  gst-launch-1.0 -q filesrc location="$1" ! decodebin ! videoflip video-direction=auto ! videoconvert \
    ! video/x-raw,format=GRAY8 ! filesink location=raw.gst 2> log
  run_python FILE="$1" RAW="$temp/raw"
  line 1
}

for case in "90 no 1302" "180 no 3210" "0 yes 1032"; do
  set -- $case
  mirror=$([ "$2" = yes ] && echo -display_hflip || true)
  "$ffmpeg" -v error -y -display_rotation "$1" $mirror -i 0.mp4 -c copy turned.mp4
  "$ffmpeg" -v error -y -i turned.mp4 -c copy turned.mkv
  opencv=$([ "$2" = yes ] && echo 3210 || echo "$3")
  same "turned by $1, mirrored: $2; as MP4" "FFmpeg $3, OpenCV $opencv, GStreamer $3" "$(look turned.mp4)"
  same "the same as MKV" "FFmpeg $3, OpenCV $opencv, GStreamer 0123" "$(look turned.mkv)"
done
verdict
