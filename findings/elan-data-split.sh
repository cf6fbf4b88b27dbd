#!/usr/bin/env bash
# elan-data splits an annotation into its last part and parts without length: the time before is gone.
. "$(dirname "$0")/common.sh"
python_with elan-data==1.7.3 pandas==2.3.3 matplotlib==3.10.9 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

warnings.simplefilter("error")
from elan_data import ELAN_Data


def document():
    """A document in which somebody smiles from 0 to 10 s, and from 20 to 24 s."""
    eaf = ELAN_Data.create_eaf("smiles.eaf", None, ["anna"], remove_default=True)
    eaf.add_segment("anna", 0, 10000, "smile")
    eaf.add_segment("anna", 20000, 24000, "smile")
    return eaf


def said(eaf):
    """The annotations of a document (s), and the time that they cover."""
    table = eaf.tier_data.sort_values(["START", "STOP"])
    parts = [f"{start / 1000:g}-{stop / 1000:g}" for start, stop in zip(table.START, table.STOP)]
    return f"{' '.join(parts)}, {table.DURATION.sum() / 1000:g} s"


eaf = document()
print(said(eaf))
for places in ([4000], [4000, 7000]):
    eaf = document()
    eaf.split_segment(list(places), "a1")
    eaf.save_ELAN(raise_error_if_unmodified=False)
    print(said(ELAN_Data.from_file("smiles.eaf", init_df=True)))
END
cd "$temp"
run_python
what="annotations, and the time that they cover;"
same "$what unchanged" "0-10 20-24, 14 s" "$(line 1)"
same "$what the first is split at 4 s" "4-4 4-10 20-24, 10 s" "$(line 2)"
same "$what the first is split at 4 and 7 s" "4-4 7-7 7-10 20-24, 7 s" "$(line 3)"
verdict
