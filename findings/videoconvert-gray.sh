#!/usr/bin/env bash
# videoconvert turns gray into a colour when the gray is labelled full range without a matrix.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-base
planes() {
  gst-launch-1.0 -q videotestsrc num-buffers=1 pattern=solid-color foreground-color=0xff2a2a2a \
    ! video/x-raw,format=GRAY8,width=64,height=64 ! filesink location="$temp/gray"
  gst-launch-1.0 -q filesrc location="$temp/gray" blocksize=4096 \
    ! "video/x-raw,format=GRAY8,width=64,height=64,framerate=1/1$1" ! videoconvert \
    ! video/x-raw,format=I420 ! filesink location="$temp/planes"
  od -An -tu1 -v -w1 "$temp/planes" | awk 'NR == 1 || NR == 4097 || NR == 5121 { printf "%d ", $1 }'
}
first=$(planes ,colorimetry=1:0:0:0)
second=$(planes ,colorimetry=1:4:0:0)
echo "Y U V with 1:0:0:0: $first, with 1:4:0:0: $second"
neutral() { set -- $1; if [ "$2 $3" = "128 128" ]; then echo gray; else echo colour; fi; }
same "gray labelled 1:0:0:0 becomes" colour "$(neutral "$first")"
same "gray labelled 1:4:0:0 becomes" gray "$(neutral "$second")"
verdict
