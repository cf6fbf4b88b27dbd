#!/usr/bin/env bash
# AAC that GStreamer encodes is late by what its encoder needs, up to a tenth of a second, and voaacenc cuts its end.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav
python_with imageio-ffmpeg==0.8.1 numpy==2.4.6
ffmpeg=$("$python" -c "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())")
cat > "$temp/run.py" <<'END'
import os
import wave

import numpy as np

RATES = (16000, 48000)  # Hz


def clicks(path, rate):
    """Four seconds of silence with a click of 10 ms at 1, 2 and 3 s."""
    sound = np.zeros((4, rate))
    sound[1:, : rate // 100] = 20000 * np.sin(2 * np.pi * 1000 * np.arange(rate // 100) / rate)
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(sound.astype("<i2").tobytes())


def found(path, rate):
    """How late each click begins (ms) and how much of the four seconds is there (ms)."""
    sound = np.abs(np.fromfile(path, np.float32))
    begins = [np.argmax(sound[second * rate - rate // 4 :] > 0.25 * sound.max()) / rate - 0.25 for second in (1, 2, 3)]
    late = " ".join(f"{1000 * begin:.0f}" for begin in begins)
    return f"{late}, {1000 * min(len(sound) / rate - begins[0], 4):.0f} of 4000"


if "SOUND" in os.environ:
    print(found(os.environ["SOUND"], int(os.environ["RATE"])))
else:
    for rate in RATES:
        clicks(f"{rate}.wav", rate)
END
cd "$temp"
run_python

# Times in a file, as FFmpeg decodes it.
by_ffmpeg() {
  "$ffmpeg" -v error -y -i "$1" -af aresample=async=1:first_pts=0 -f f32le "$temp/sound" 2> "$temp/log"
  run_python SOUND="$temp/sound" RATE="$2"
  line 1
}

# Times in a file, as GStreamer decodes it.
by_gstreamer() {
  gst-launch-1.0 -q filesrc location="$1" ! decodebin ! audioconvert ! audio/x-raw,format=F32LE \
    ! filesink location="$temp/sound" 2> "$temp/log"
  run_python SOUND="$temp/sound" RATE="$2"
  line 1
}

# Encode the clicks at RATE with ENCODER into FILE: encode FILE RATE ENCODER MUXER...
encode() {
  gst-launch-1.0 -q filesrc location="$2.wav" ! wavparse ! audioconvert ! $3 ! ${*:4} ! filesink location="$1" 2> "$temp/log"
  cat "$temp/log"
}

for rate in 16000 48000; do
  encode flac.mkv $rate flacenc matroskamux
  "$ffmpeg" -v error -y -i $rate.wav -c:a aac ffmpeg.mp4
  for encoder in voaacenc avenc_aac; do
    encode $encoder.mp4 $rate $encoder aacparse ! mp4mux
    encode $encoder.mkv $rate $encoder aacparse ! matroskamux
  done
  case $rate in
    16000) voaac="100 100 100, 3868 of 4000"; avenc="64 64 64, 4000 of 4000" ;;
    48000) voaac="33 33 33, 3956 of 4000"; avenc="21 21 21, 4000 of 4000" ;;
  esac
  same "$rate Hz, ms too late and length: FLAC" "0 0 0, 4000 of 4000" "$(by_ffmpeg flac.mkv $rate)"
  same "AAC by FFmpeg in MP4" "0 0 0, 4000 of 4000" "$(by_ffmpeg ffmpeg.mp4 $rate)"
  for kind in mp4 mkv; do
    same "voaacenc in $kind, by FFmpeg" "$voaac" "$(by_ffmpeg voaacenc.$kind $rate)"
    same "avenc_aac in $kind, by FFmpeg" "$avenc" "$(by_ffmpeg avenc_aac.$kind $rate)"
  done
  same "voaacenc in mp4, by GStreamer" "$voaac" "$(by_gstreamer voaacenc.mp4 $rate)"
  same "avenc_aac in mp4, by GStreamer" "$avenc" "$(by_gstreamer avenc_aac.mp4 $rate)"
done
verdict
