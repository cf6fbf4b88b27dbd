#!/usr/bin/env bash
# Colorimetry 1:0:0:0 (full range, matrix unknown) is parsed as full range, yet a format with it is limited range.
. "$(dirname "$0")/common.sh"
debian libgstreamer1.0-0 python3-gi gir1.2-gst-plugins-base-1.0 gstreamer1.0-plugins-base
/usr/bin/python3 - > "$temp/out" <<'END'
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstVideo", "1.0")
from gi.repository import Gst, GstVideo
Gst.init(None)
alone = GstVideo.VideoColorimetry()
alone.from_string("1:0:0:0")
print(int(alone.range))
for text in ("1:0:0:0", "1:4:0:0"):
    caps = Gst.Caps.from_string(f"video/x-raw,format=I420,width=320,height=240,framerate=25/1,colorimetry={text}")
    print(int(GstVideo.VideoInfo.new_from_caps(caps).colorimetry.range))
END
same "range of the colorimetry alone (1 full, 2 limited)" 1 "$(sed -n 1p "$temp/out")"
same "range of a format with it" 2 "$(sed -n 2p "$temp/out")"
same "range of a format that also names a matrix" 1 "$(sed -n 3p "$temp/out")"
verdict
