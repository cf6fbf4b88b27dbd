#!/usr/bin/env bash
# qtdemux stops at the movie's duration counted in media time, so an edit that begins late loses its end.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly gstreamer1.0-plugins-bad gstreamer1.0-libav
python_with av==18.1.0
gst-launch-1.0 -q videotestsrc num-buffers=300 ! video/x-raw,format=I420,width=160,height=120,framerate=25/1 \
  ! x264enc key-int-max=25 bframes=0 tune=zerolatency ! mp4mux ! filesink location="$temp/whole.mp4"
# 6 s of the 12 s, from second 5, which is a key frame: 150 frames.
"$python" - "$temp" <<'END'
import struct, sys
folder = sys.argv[1]
data = bytearray(open(f"{folder}/whole.mp4", "rb").read())
movie = data.find(b"mvhd") + 4
per_s = struct.unpack_from(">I", data, movie + 12)[0]
media = data.find(b"mdhd") + 4
media_per_s = struct.unpack_from(">I", data, media + 12)[0]
struct.pack_into(">I", data, movie + 16, 6 * per_s)
struct.pack_into(">I", data, data.find(b"tkhd") + 4 + 20, 6 * per_s)
struct.pack_into(">II", data, data.find(b"elst") + 4 + 8, 6 * per_s, 5 * media_per_s)
open(f"{folder}/edit.mp4", "wb").write(data)
struct.pack_into(">I", data, movie + 16, 0)
open(f"{folder}/unknown.mp4", "wb").write(data)
END
frames() {
  gst-launch-1.0 -v filesrc location="$1" ! qtdemux ! h264parse ! avdec_h264 ! fakesink silent=false sync=false \
    | grep -c "last-message = chain" || true
}
same "frames that FFmpeg's demuxer decodes" 150 "$("$python" -c "
import av, sys
print(sum(1 for _ in av.open(sys.argv[1]).decode(video=0)))" "$temp/edit.mp4")"
same "frames that qtdemux delivers" 26 "$(frames "$temp/edit.mp4")"
same "frames that qtdemux delivers with a movie duration of 0" 150 "$(frames "$temp/unknown.mp4")"
verdict
