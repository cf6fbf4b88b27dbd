#!/usr/bin/env bash
# In an MP4, FFmpeg ends a subtitle where the next one begins, though both overlap in the SRT or WebVTT it is made from.
. "$(dirname "$0")/common.sh"
python_with imageio-ffmpeg==0.8.1
cat > "$temp/run.py" <<'END'
import subprocess

import imageio_ffmpeg

FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-y"]
CUES = ((1, 9, "A happy"), (3, 5, "B sad"), (7, 8, "B angry"))  # two people, of whom one is happy all the time


def run(*options):
    return subprocess.run([*FFMPEG, *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stderr


def kept(source, path, codec):
    """The seconds of each text in the file that is made from these subtitles."""
    told = run("-i", "film.mp4", "-i", source, "-map", "0:v", "-map", "1:s", "-c:v", "copy", "-c:s", codec, path)
    run("-i", path, "read.srt")
    with open("read.srt") as read:
        cues = [cue.split("\n") for cue in read.read().strip().split("\n\n")]
    shown = ", ".join(f"{text} {int(times[6:8])}-{int(times[23:25])}" for _, times, text in cues)
    return f"{shown}; {len(told.splitlines())} warnings"


run("-f", "lavfi", "-i", "color=s=64x64:r=25:d=10", "film.mp4")
with open("coded.srt", "w") as srt, open("coded.vtt", "w") as vtt:
    vtt.write("WEBVTT\n\n")
    for number, (start, end, text) in enumerate(CUES, 1):
        srt.write(f"{number}\n00:00:{start:02},000 --> 00:00:{end:02},000\n{text}\n\n")
        vtt.write(f"00:00:{start:02}.000 --> 00:00:{end:02}.000\n{text}\n\n")
print(kept("coded.srt", "both.mkv", "srt"))
print(kept("coded.srt", "both.mp4", "mov_text"))
print(kept("coded.vtt", "both.mp4", "mov_text"))
print(kept("both.mkv", "again.mp4", "mov_text"))
END
cd "$temp"
run_python
all="A happy 1-9, B sad 3-5, B angry 7-8; 0 warnings"
cut="A happy 1-3, B sad 3-5, B angry 7-8; 0 warnings"
same "seconds of each subtitle, SRT to Matroska" "$all" "$(line 1)"
same "SRT to MP4" "$cut" "$(line 2)"
same "WebVTT to MP4" "$cut" "$(line 3)"
same "that Matroska to MP4" "$cut" "$(line 4)"
verdict
