#!/usr/bin/env bash
# A number pushed into a string stream becomes that many NUL characters, without an error.
. "$(dirname "$0")/common.sh"
python_with pylsl==1.18.6 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import numpy as np
import pylsl


def sent(kind, *values):
    """What arrives of these values, or the error that pushing one raises."""
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo("markers", "Markers", 1, 0, kind, f"{kind} {len(values)}"))
    (info,) = pylsl.resolve_byprop("source_id", f"{kind} {len(values)}", 1, 20)
    inlet = pylsl.StreamInlet(info)
    inlet.open_stream(20)
    for value in values:
        try:
            outlet.push_sample([value])
            yield inlet.pull_sample(20)[0][0]
        except (TypeError, ValueError) as error:
            yield type(error).__name__


print(*map(repr, sent("string", "5", 5, np.int64(5), 0)))
print(*map(repr, sent("string", 5.0, -5, None)))
print(*map(repr, sent("int16", 5, 40000)))
END
run_with_lsl
nul='\x00\x00\x00\x00\x00'
same "'5', 5, NumPy's 5 and 0 in a string stream" "'5' '$nul' '$nul' ''" "$(line 1)"
same "5.0, -5 and None in a string stream" "'TypeError' 'ValueError' 'TypeError'" "$(line 2)"
same "5 and 40000 in an int16 stream" "5 -25536" "$(line 3)"
verdict
