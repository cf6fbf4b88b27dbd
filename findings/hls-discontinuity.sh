#!/usr/bin/env bash
# OpenCV and PyAV give the frames of an HLS recording behind a discontinuity the times of another clock.
. "$(dirname "$0")/common.sh"
python_with opencv-python-headless==4.14.0.94 av==18.1.0 imageio-ffmpeg==0.8.1 numpy==2.4.6
ffmpeg=$("$python" -c "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())")
cat > "$temp/run.py" <<'END'
import sys

import av
import cv2


def by_opencv(path):
    capture, times = cv2.VideoCapture(path), []
    while capture.grab():
        times.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
    return times


def by_pyav(path):
    with av.open(path) as container:
        return [frame.time - container.start_time / 1e6 for frame in container.decode(video=0)]


for read in (by_opencv, by_pyav):
    times = read(sys.argv[1])
    print(len(times), " ".join(f"{times[frame]:.2f}" for frame in (0, 99, 100, 199)))
END

# Two parts of 4 s, in the second of which the clock begins at these seconds: record SECONDS [LINE BETWEEN THEM].
record() {
  local part=0 offset
  for offset in 0 "$1"; do
    part=$((part + 1))
    "$ffmpeg" -v error -y -f lavfi -i testsrc=rate=25:size=64x64:duration=4 -c:v libx264 -bf 0 -g 50 \
      -output_ts_offset "$offset" -f mpegts "$temp/part$part.ts"
  done
  printf '%s\n' '#EXTM3U' '#EXT-X-VERSION:3' '#EXT-X-TARGETDURATION:4' '#EXT-X-MEDIA-SEQUENCE:0' '#EXTINF:4.000,' part1.ts \
    ${2:-} '#EXTINF:4.000,' part2.ts '#EXT-X-ENDLIST' > "$temp/recording.m3u8"
  (cd "$temp" && "$python" run.py recording.m3u8 > out 2> log) || cat "$temp/log"
}

# Times of the same frames as the program ffmpeg writes them into an MP4.
by_ffmpeg() {
  "$ffmpeg" -v error -y -i "$temp/recording.m3u8" -c copy "$temp/recording.mp4" 2> "$temp/log"
  (cd "$temp" && "$python" run.py recording.mp4 > out 2>> log)
  line 1
}
what="frames, and seconds of the first and last one of each part, by"
record 4
same "a clock that continues, $what OpenCV" "200 0.00 3.96 4.00 7.96" "$(line 1)"
same "PyAV" "200 0.00 3.96 4.00 7.96" "$(line 2)"
record 0 '#EXT-X-DISCONTINUITY'
same "a clock that begins again, with a discontinuity, $what OpenCV" "200 0.00 3.96 0.00 3.96" "$(line 1)"
same "PyAV" "200 0.00 3.96 0.00 3.96" "$(line 2)"
same "the program ffmpeg" "200 0.00 3.96 4.00 7.96" "$(by_ffmpeg)"
record 1000 '#EXT-X-DISCONTINUITY'
same "a clock that was set to 1000 s, $what OpenCV" "200 0.00 3.96 1000.00 1003.96" "$(line 1)"
same "PyAV" "200 0.00 3.96 1000.00 1003.96" "$(line 2)"
same "the program ffmpeg" "200 0.00 3.96 4.00 7.96" "$(by_ffmpeg)"
verdict
