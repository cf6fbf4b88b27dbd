#!/usr/bin/env bash
# wfdb writes a note of 256 characters as 128 more annotations, and everything behind it is minutes late.
. "$(dirname "$0")/common.sh"
python_with wfdb==4.3.1 pandas==2.3.3 scipy==1.17.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

import numpy as np
import wfdb

RATE = 100  # Hz
REMARK = "She smiles, looks away, smiles again. " * 30


def written(note):
    """What is read of three notes at 10, 20 and 30 s, of which the second is this one."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        samples = np.array([10, 20, 30]) * RATE
        wfdb.wrann("coded", "atr", samples, symbol=['"'] * 3, aux_note=["calm", note, "happy"], fs=RATE)
        read = wfdb.rdann("coded", "atr")
        told = [warning for warning in warned if issubclass(warning.category, UserWarning)]
    return (
        f"{len(read.sample)} annotations, the second with {len(read.aux_note[1])} characters, "
        f"{read.aux_note[-1]} at {read.sample[-1] / RATE:.2f} s, {len(told)} warnings"
    )


for length in (255, 256, 300, 1000):
    print(written(REMARK[:length]))
END
cd "$temp"
run_python
same "a note of 255 characters" \
  "3 annotations, the second with 255 characters, happy at 30.00 s, 0 warnings" "$(line 1)"
same "of 256" "131 annotations, the second with 0 characters, happy at 523.41 s, 0 warnings" "$(line 2)"
same "of 300" "131 annotations, the second with 44 characters, happy at 533.02 s, 0 warnings" "$(line 3)"
same "of 1000" "387 annotations, the second with 232 characters, happy at 1515.89 s, 0 warnings" "$(line 4)"
verdict
