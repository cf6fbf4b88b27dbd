#!/usr/bin/env bash
# videoflip of GStreamer 1.22.0 ignores its property method, which most examples use, and obeys video-direction.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad \
  gstreamer1.0-libav python3-gi
python_with imageio-ffmpeg==0.8.1 numpy==2.4.6
ffmpeg=$("$python" -c "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())")
cat > "$temp/run.py" <<'END'
import sys

import numpy as np

# A black frame of 32 x 16 with a white corner at the top left; where is it?
path, form = sys.argv[1:]
pixels = np.fromfile(path, np.uint8)
width, height = map(int, form.split("x"))
rows, columns = np.nonzero(pixels.reshape(height, width) > 128)
print("top" if rows.mean() < height / 2 else "bottom", "left" if columns.mean() < width / 2 else "right")
END

# Where the corner is after this element, in a frame of SIZE: corner SIZE ELEMENT...
corner() {
  local size=$1
  shift
  "$python" -c "import sys, numpy as np; x = np.zeros((16, 32), np.uint8); x[:4, :8] = 255; sys.stdout.buffer.write(x.tobytes())" \
    > "$temp/frame"
  gst-launch-1.0 -q filesrc location="$temp/frame" ! rawvideoparse format=gray8 width=32 height=16 framerate=1/1 \
    ! "$@" ! filesink location="$temp/turned" 2> "$temp/log"
  cat "$temp/log"
  "$python" "$temp/run.py" "$temp/turned" "$size"
}

# The two properties of an element of which one was set: both PROPERTY VALUE.
both() {
  /usr/bin/python3 - "$@" <<'PYTHON'
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst

Gst.init(None)
flip = Gst.ElementFactory.make("videoflip")
Gst.util_set_object_arg(flip, *sys.argv[1:])
print(flip.get_property("method").value_nick, flip.get_property("video-direction").value_nick)
PYTHON
}

same "before" "top left" "$(corner 32x16 identity)"
for row in "32x16 horizontal-flip horiz top right" "32x16 vertical-flip vert bottom left" \
  "32x16 rotate-180 180 bottom right" "16x32 clockwise 90r top right"; do
  read -r size method direction place <<< "$row"
  same "video-direction=$direction" "$place" "$(corner "$size" videoflip video-direction="$direction")"
  same "method=$method" "top left" "$(corner 32x16 videoflip method="$method")"
  same "what the element says of it" "$method $direction" "$(both method "$method")"
done

# A recording whose matrix asks for half a turn, as phones write it.
"$ffmpeg" -v error -f rawvideo -pix_fmt gray -s 32x16 -i "$temp/frame" -pix_fmt yuv420p -c:v libx264 -qp 1 "$temp/plain.mp4"
"$ffmpeg" -v error -display_rotation 180 -i "$temp/plain.mp4" -c copy "$temp/phone.mp4"
shown() {
  gst-launch-1.0 -q filesrc location="$temp/phone.mp4" ! qtdemux ! h264parse ! avdec_h264 ! videoconvert \
    ! video/x-raw,format=GRAY8 ! videoflip "$1" ! filesink location="$temp/turned" 2> "$temp/log"
  cat "$temp/log"
  "$python" "$temp/run.py" "$temp/turned" 32x16
}
"$ffmpeg" -v error -y -i "$temp/phone.mp4" -f rawvideo -pix_fmt gray "$temp/turned"
same "a recording that is to be turned, by FFmpeg" "bottom right" "$("$python" "$temp/run.py" "$temp/turned" 32x16)"
same "video-direction=auto" "bottom right" "$(shown video-direction=auto)"
same "method=automatic" "top left" "$(shown method=automatic)"
verdict
