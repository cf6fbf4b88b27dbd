#!/usr/bin/env bash
# From the third key frame on, GStreamer shows an Xvid AVI with B-frames 80 ms before its sound.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav ffmpeg

# Times in ms of frames 1, 13, 14, 26 and 200 of a file, behind its decoder.
times() {
  gst-launch-1.0 filesrc location="$1" ! decodebin ! identity silent=false ! fakesink -v 2> "$temp/log" |
    grep -oE "pts: 0:00:0[0-9]\.[0-9]{3}" | sed 's/.*0:00:0\([0-9]\)\.\(...\)/\1\2/' | sed -n '1p;13p;14p;26p;200p' |
    sed 's/^0*\(.\)/\1/' | tr '\n' ' '
}

for frames in 0 2; do
  ffmpeg -v error -f lavfi -i testsrc2=size=320x240:rate=25 -t 8 -c:v mpeg4 -bf $frames -g 12 -vtag XVID "$temp/$frames.avi"
done
right="0 480 520 1000 7960 "
same "without B-frames, AVI" "$right" "$(times "$temp/0.avi")"
same "with B-frames, AVI" "0 440 480 920 7880 " "$(times "$temp/2.avi")"
verdict
