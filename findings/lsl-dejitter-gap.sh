#!/usr/bin/env bash
# With proc_dejitter, an inlet ignores a gap in a regular stream: stamps behind it are wrong for minutes.
. "$(dirname "$0")/common.sh"
python_with pylsl==1.18.6 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import numpy as np
import pylsl

RATE, BEFORE, BEHIND = 25, 120 * 25, 240 * 25


def errors(gap, rate, flags):
    """Errors of the stamps in seconds: before a gap, right behind it, and 10, 60 and 180 s later."""
    name = f"{gap} {rate} {flags}"
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Video", 1, rate, "int32", name))
    (info,) = pylsl.resolve_byprop("source_id", name, 1, 20)
    inlet = pylsl.StreamInlet(info, max_buflen=1000, processing_flags=flags)
    inlet.open_stream(20)
    wrong = []
    for number in range(BEFORE + BEHIND):
        stamp = 1000 + number / RATE + (gap if number >= BEFORE else 0)
        outlet.push_sample([number], stamp)
        (found,), after = inlet.pull_sample(20)
        assert found == number
        wrong.append(after - stamp)
    return " ".join(f"{round(wrong[BEFORE + behind], 2) + 0.0:.2f}" for behind in (-1, 0, 250, 1500, 4500))


for gap in (0, 3, 30):
    print(errors(gap, RATE, pylsl.proc_dejitter))
print(errors(30, RATE, pylsl.proc_none))
print(errors(30, pylsl.IRREGULAR_RATE, pylsl.proc_dejitter))
END
run_with_lsl
same "errors in s before a gap, behind it, and 10, 60 and 180 s later, without one" "0.00 0.00 0.00 0.00 0.00" "$(line 1)"
same "gap of 3 s" "0.00 -3.00 -1.94 0.25 0.61" "$(line 2)"
same "gap of 30 s" "0.00 -29.95 -19.41 2.52 6.11" "$(line 3)"
same "gap of 30 s, without dejittering" "0.00 0.00 0.00 0.00 0.00" "$(line 4)"
same "gap of 30 s, dejittered, in a stream declared as irregular" "0.00 0.00 0.00 0.00 0.00" "$(line 5)"
verdict
