#!/usr/bin/env bash
# timecode counts a whole number of frames per second at any rate, and from seconds also at 29.97.
. "$(dirname "$0")/common.sh"
python_with timecode==1.5.1
cat > "$temp/run.py" <<'END'
import warnings

warnings.simplefilter("error")
from fractions import Fraction

from timecode import Timecode

HOUR = 3600

for name in ("25", "25/2", "15/2", "30000/1001"):
    rate = Fraction(name)
    first = int(HOUR * rate)  # the number of the frame that is shown after an hour; the first frame is 0
    frame = Timecode(name, frames=first + 1)
    time = Timecode(name, start_seconds=HOUR + 1 / float(rate))  # one frame more, as the library counts from 1
    print(f"frame {frame} = {frame.to_realtime(as_float=True):.0f} s, time {time} = frame {time.frames - 1 - first:+d}")
print(Timecode("25", start_seconds=10))
END
run_python
what="an hour, from the number of frames and from seconds,"
same "$what 25 frames per second" "frame 01:00:00:00 = 3600 s, time 01:00:00:00 = frame +0" "$(line 1)"
same "$what 25/2" "frame 01:02:30:00 = 3750 s, time 00:59:59:11 = frame -1801" "$(line 2)"
same "$what 15/2" "frame 01:04:17:01 = 3857 s, time 00:59:59:06 = frame -1801" "$(line 3)"
same "$what 30000/1001" "frame 01:00:00;00 = 3600 s, time 01:00:03;18 = frame +108" "$(line 4)"
same "ten seconds at 25" "00:00:09:24" "$(line 5)"
verdict
