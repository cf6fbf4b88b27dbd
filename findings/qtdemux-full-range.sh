#!/usr/bin/env bash
# mp4mux writes the full range flag into the colr box; qtdemux does not read it.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly gstreamer1.0-plugins-bad
gst-launch-1.0 -q videotestsrc num-buffers=5 \
  ! video/x-raw,format=I420,width=160,height=120,framerate=25/1,colorimetry=1:4:0:0 \
  ! x264enc tune=zerolatency ! mp4mux ! filesink location="$temp/full.mp4"
flag=$(/usr/bin/python3 -c "
import sys
data = open(sys.argv[1], 'rb').read()
print(data[data.find(b'colrnclx') + 14] >> 7)" "$temp/full.mp4")
same "full range flag in the colr box" 1 "$flag"
seen=$(gst-launch-1.0 -v filesrc location="$temp/full.mp4" ! qtdemux ! fakesink | grep -o 'colorimetry=(string)[^,]*' | head -1)
echo "qtdemux: $seen"
same "range that qtdemux reports (1 full, 2 limited)" 2 "$(echo "$seen" | sed 's/.*)//; s/:.*//')"
verdict
