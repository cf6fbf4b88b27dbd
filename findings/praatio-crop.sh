#!/usr/bin/env bash
# A piece that praatio cuts out with whole intervals has a clock of its own in each tier.
. "$(dirname "$0")/common.sh"
python_with praatio==6.2.2
cat > "$temp/run.py" <<'END'
import warnings

warnings.simplefilter("error")
from praatio import textgrid

SOUND = (15, 18, "startled")  # all three are startled at the same time, by a sound
TIERS = {"anna": [(3, 12, "happy"), SOUND], "ben": [(8, 14, "happy"), SOUND], "clara": [SOUND]}

whole = textgrid.Textgrid(0, 60)
for name, intervals in TIERS.items():
    whole.addTier(textgrid.IntervalTier(name, intervals, 0, 60))
whole.addTier(textgrid.PointTier("markers", [(15, "sound")], 0, 60))

for mode in ("truncated", "strict", "lax"):
    piece = whole.crop(10, 20, mode, rebaseToZero=True)
    print(*(f"{tier.name} {tier.entries[-1][0]:g}" for tier in piece.tiers))
END
run_python
what="second 10 to 20 as a file of its own: where each tier has the sound of second 15,"
same "$what truncated" "anna 5 ben 5 clara 5 markers 5" "$(line 1)"
same "$what strict" "anna 5 ben 5 clara 5 markers 5" "$(line 2)"
same "$what lax: each tier that has an interval across second 10 is late" "anna 12 ben 7 clara 5 markers 5" "$(line 3)"
verdict
