#!/usr/bin/env bash
# Praat drops the interval that follows one of length 0, which pympi writes, and gives its seconds to nobody.
. "$(dirname "$0")/common.sh"
python_with pympi-ling==1.71 praat-parselmouth==0.4.7 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import sys
import parselmouth
import pympi
from parselmouth.praat import call

print("Praat", parselmouth.PRAAT_VERSION, file=sys.stderr)
path = f"{sys.argv[1]}/coded.TextGrid"
for blink in (5.04, 5):  # seconds at which it ends
    written = pympi.TextGrid(xmin=0, xmax=10)
    tier = written.add_tier("face")
    for interval in ((0, 5, "calm"), (5, blink, "blink"), (blink, 8, "happy"), (8, 10, "sad")):
        tier.add_interval(*interval)
    written.to_file(path)
    grid = parselmouth.read(path)
    count = call(grid, "Get number of intervals", 1)
    print(*(call(grid, "Get label of interval", 1, number) for number in range(1, count + 1)))
    print(call(grid, "Get total duration of intervals where", 1, "is equal to", "happy"))
print(sum(label == "happy" for *_, label in pympi.TextGrid(path).get_tier("face").get_all_intervals()))
END
"$python" "$temp/run.py" "$temp" > "$temp/out"
same "labels that Praat reads, blink of 40 ms" "calm blink happy sad" "$(sed -n 1p "$temp/out")"
same "labels that Praat reads, blink of 0 ms" "calm blink sad" "$(sed -n 3p "$temp/out")"
same "seconds of happy" "0.0" "$(sed -n 4p "$temp/out")"
same "intervals of happy that pympi reads from the same file" 1 "$(sed -n 5p "$temp/out")"
verdict
