#!/usr/bin/env bash
# m3u8 counts a segment of low-latency HLS twice: its time is that of its end, and each later one is later still.
. "$(dirname "$0")/common.sh"
python_with m3u8==6.0.0
cat > "$temp/run.py" <<'END'
import warnings

warnings.simplefilter("error")
import m3u8

HEAD = """#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:4
#EXT-X-PART-INF:PART-TARGET=1.0
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3.0
#EXT-X-PROGRAM-DATE-TIME:2026-06-01T12:00:00.000Z
"""


def playlist(first):
    """Six segments of 4 s and half of a seventh, with parts of 1 s from this segment on."""
    text = HEAD
    for segment in range(7):
        for part in range(4 if segment < 6 else 2):
            text += f'#EXT-X-PART:DURATION=1.0,URI="{segment}.{part}.mp4"\n' if segment >= first else ""
        text += f"#EXTINF:4.0,\n{segment}.mp4\n" if segment < 6 else ""
    return m3u8.loads(text)


def clock(times):
    """Minutes and seconds of these times."""
    return " ".join(f"{time:%M:%S}" for time in times)


print(clock(segment.current_program_date_time for segment in playlist(7).segments))
live = playlist(3)
print(clock(segment.current_program_date_time for segment in live.segments[:6]))
print(clock(segment.parts[0].program_date_time for segment in live.segments[3:]))
again = m3u8.loads("".join(line + "\n" for line in live.dumps().splitlines() if "PART:" not in line))
print(clock(segment.current_program_date_time for segment in again.segments[:6]))
END
run_python
same "times of six segments of 4 s, without parts" "00:00 00:04 00:08 00:12 00:16 00:20" "$(line 1)"
same "the last three with parts, as near the live edge" "00:00 00:04 00:08 00:16 00:24 00:32" "$(line 2)"
same "first part of the segments 3 to 6, which began at 12, 16, 20 and 24 s" "00:12 00:20 00:28 00:36" "$(line 3)"
same "the same playlist, written by m3u8, without its parts" "00:00 00:04 00:08 00:12 00:16 00:20" "$(line 4)"
verdict
