#!/usr/bin/env bash
# jpegenc stores limited luma as if it were full. Asked for full range, videoconvert changes the caps, not BT.601 pixels.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good
python_with pillow==13.0.0
# Print what another program reads of a black and a white frame of a colorimetry, after these elements.
levels() {
  local pattern
  for pattern in black white; do
    gst-launch-1.0 -q videotestsrc num-buffers=1 pattern=$pattern \
      ! "video/x-raw,format=I420,width=64,height=64,colorimetry=$1" ! $2 ! filesink location="$temp/frame"
    "$python" -c 'import sys; from PIL import Image; print(*set(Image.open(sys.argv[1]).convert("RGB").getpixel((9, 9))))' \
      "$temp/frame"
  done | paste -sd " "
}
full="videoconvert ! video/x-raw,format=I420,colorimetry=1:4:7:1"
for colorimetry in bt601 bt709; do
  same "$colorimetry, black and white by pngenc" "0 253" "$(levels $colorimetry "videoconvert ! pngenc")"
  same "by jpegenc" "16 235" "$(levels $colorimetry "jpegenc quality=100")"
  same "by videoconvert and jpegenc" "16 235" "$(levels $colorimetry "videoconvert ! jpegenc quality=100")"
  same "by jpegenc behind RGB" "0 253" "$(levels $colorimetry "videoconvert ! video/x-raw,format=RGB ! jpegenc quality=100")"
done
same "by jpegenc behind full range, from bt709" "0 253" "$(levels bt709 "$full ! jpegenc quality=100")"
same "by jpegenc behind full range, from bt601" "16 235" "$(levels bt601 "$full ! jpegenc quality=100")"
same "by pngenc behind jpegenc and jpegdec, from bt601" "16 235" "$(levels bt601 "jpegenc quality=100 ! jpegdec ! videoconvert ! pngenc")"
verdict
