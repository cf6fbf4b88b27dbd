#!/usr/bin/env bash
# pyreadstat writes all times of a pandas column in whole seconds as 1970-01-01, for SPSS, Stata and SAS.
. "$(dirname "$0")/common.sh"
python_with pyreadstat==1.3.7 pandas==3.1.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

warnings.simplefilter("error")
import numpy as np
import pandas as pd
import pyreadstat

NOON = np.datetime64("2026-06-01T12:00:00")
times = NOON + np.arange(0, 120, 60)  # a row per minute, as NumPy counts them: in seconds
table = pd.DataFrame({"time": times, "happy": [0.2, 0.4]})
assert str(table["time"].dtype) == "datetime64[s]" and list(table["time"].dt.minute) == [0, 1]

FORMATS = {
    "sav": (pyreadstat.write_sav, pyreadstat.read_sav),
    "dta": (pyreadstat.write_dta, pyreadstat.read_dta),
    "xpt": (pyreadstat.write_xport, pyreadstat.read_xport),
}
for suffix, (write, read) in FORMATS.items():
    found = []
    for unit in ("s", "ms", "us", "ns"):
        write(table.astype({"time": f"datetime64[{unit}]"}), f"times.{suffix}")
        again = read(f"times.{suffix}")[0]["time"]
        found.append(f"{unit} {pd.Timestamp(again[1]).round('s')}")
    print(", ".join(found))
table.to_stata("pandas.dta", write_index=False, convert_dates={"time": "tc"})
print(pyreadstat.read_dta("pandas.dta")[0]["time"][1])
END
cd "$temp"
run_python
said="s 1970-01-01 00:00:00, ms 2026-06-01 12:01:00, us 2026-06-01 12:01:00, ns 2026-06-01 12:01:00"
what="12:01 on the first of June 2026, in a column of the unit"
same "$what, SPSS" "$said" "$(line 1)"
same "$what, Stata" "$said" "$(line 2)"
same "$what, SAS" "$said" "$(line 3)"
same "the first by to_stata of pandas" "2026-06-01 12:01:00" "$(line 4)"
verdict
