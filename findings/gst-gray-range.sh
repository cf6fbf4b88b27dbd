#!/usr/bin/env bash
# videoconvert to GRAY8 calls its output full range, but rescales limited range only if the matrix is not BT.601.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-base
# Print the luma of a black and a white frame of a colorimetry, before and after the conversion, and the range it names.
levels() {
  local pattern source=() gray=() range
  for pattern in black white; do
    local video="videotestsrc num-buffers=1 pattern=$pattern
      ! video/x-raw,format=I420,width=64,height=64,colorimetry=$1"
    gst-launch-1.0 -q $video ! filesink location="$temp/frame.i420"
    range=$(gst-launch-1.0 -v $video ! videoconvert ! video/x-raw,format=GRAY8 ! filesink location="$temp/frame.gray" \
      | grep 'sink: caps.*GRAY8' | grep -o 'colorimetry=(string)[0-9]' | sed 's/.*)//' | head -1)
    source+=($(od -An -tu1 -N1 "$temp/frame.i420"))
    gray+=($(od -An -tu1 -N1 "$temp/frame.gray"))
  done
  echo "${source[*]} to ${gray[*]}, range $range"
}
# The same frames, once through BGR.
through_bgr() {
  local pattern gray=()
  for pattern in black white; do
    gst-launch-1.0 -q videotestsrc num-buffers=1 pattern=$pattern \
      ! video/x-raw,format=I420,width=64,height=64,colorimetry=bt601 ! videoconvert ! video/x-raw,format=BGR \
      ! videoconvert ! video/x-raw,format=GRAY8 ! filesink location="$temp/frame.gray"
    gray+=($(od -An -tu1 -N1 "$temp/frame.gray"))
  done
  echo "${gray[*]}"
}
same "black and white in BT.601 (range 1 is full)" "16 235 to 16 235, range 1" "$(levels bt601)"
same "black and white in BT.709" "16 235 to 0 253, range 1" "$(levels bt709)"
same "black and white in BT.601, through BGR" "0 253" "$(through_bgr)"
verdict
