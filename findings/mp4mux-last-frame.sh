#!/usr/bin/env bash
# mp4mux ends the edit of a stream without a frame rate when its last frame begins, so players do not show that frame.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly gstreamer1.0-plugins-bad gstreamer1.0-libav
python_with av==18.1.0
# A frame each ten seconds, as a time-lapse camera sends them: record COUNT RATE MUXER FILE; RATE is 0/1 if unknown.
record() {
  gst-launch-1.0 -q videotestsrc num-buffers="$1" ! video/x-raw,format=I420,width=160,height=120,framerate=1/10 \
    ! capssetter caps="video/x-raw,framerate=$2" ! x264enc bframes=0 tune=zerolatency ! h264parse ! $3 \
    ! filesink location="$4"
}
# Print the numbers of frames that are stored, decoded by PyAV and decoded by GStreamer.
frames() {
  "$python" - "$1" <<'END'
import av, sys
with av.open(sys.argv[1]) as file:
    print(file.streams.video[0].frames, "stored, PyAV", sum(1 for _ in file.decode(video=0)), end="")
END
  echo ", GStreamer" "$(gst-launch-1.0 -v filesrc location="$1" ! qtdemux ! h264parse ! avdec_h264 \
    ! fakesink silent=false sync=false | grep -c "last-message = chain" || true)"
}
cd "$temp"
for rate in 1/10 0/1; do
  for count in 1 3; do
    record $count $rate mp4mux "$count-${rate%/*}.mp4"
  done
done
record 3 0/1 matroskamux 3.mkv
same "three frames at 1/10 fps" "3 stored, PyAV 3, GStreamer 3" "$(frames 3-1.mp4)"
same "three frames without a frame rate" "3 stored, PyAV 2, GStreamer 2" "$(frames 3-0.mp4)"
same "one frame at 1/10 fps" "1 stored, PyAV 1, GStreamer 1" "$(frames 1-1.mp4)"
same "one frame without a frame rate" "1 stored, PyAV 0, GStreamer 1" "$(frames 1-0.mp4)"
same "three frames without a frame rate in Matroska, PyAV" 3 "$("$python" -c "
import av
print(sum(1 for _ in av.open('3.mkv').decode(video=0)))")"
verdict
