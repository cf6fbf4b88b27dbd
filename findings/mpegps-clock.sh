#!/usr/bin/env bash
# GStreamer writes a program stream whose clock begins after its first frames, and drops these when it plays it.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad \
  gstreamer1.0-plugins-ugly gstreamer1.0-libav ffmpeg

# Frames that a pipeline behind the demultiplexer forwards.
frames() {
  gst-launch-1.0 filesrc location="$temp/a.mpg" ! mpegpsdemux ! "$@" ! identity silent=false ! fakesink -v 2> "$temp/log" |
    grep -c "chain   \*\*\*"
}

gst-launch-1.0 -q videotestsrc num-buffers=50 ! video/x-raw,width=320,height=240,framerate=25/1 ! x264enc ! h264parse \
  ! mpegpsmux ! filesink location="$temp/a.mpg"
same "frames in the file, by FFmpeg" 50 \
  "$(ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 "$temp/a.mpg" | tr -d ,)"
same "frames that its own demultiplexer forwards" 50 "$(frames h264parse)"
same "frames that its own decoder shows" 30 "$(frames h264parse ! avdec_h264)"
same "what the pipeline says" "Got EOS from element \"pipeline0\"." \
  "$(gst-launch-1.0 filesrc location="$temp/a.mpg" ! mpegpsdemux ! h264parse ! avdec_h264 ! fakesink 2>&1 |
    grep -iE "eos|error|warn")"
verdict
