#!/usr/bin/env bash
# pympi's shift_annotations moves a time slot once for each annotation that uses it, and keeps the end of one cut at 0.
. "$(dirname "$0")/common.sh"
python_with pympi-ling==1.71
cat > "$temp/run.py" <<'END'
import sys
import pympi

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2026-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>
<TIME_ORDER>{slots}</TIME_ORDER>
<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="face">{annotations}</TIER>
<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>
</ANNOTATION_DOCUMENT>"""
SLOT = '<TIME_SLOT TIME_SLOT_ID="ts{}" TIME_VALUE="{}"/>'
ANNOTATION = """<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{}" TIME_SLOT_REF1="ts{}" TIME_SLOT_REF2="ts{}">
<ANNOTATION_VALUE>happy</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"""


def shifted(by, times, pairs):
    """Times of the annotations after a shift; each pair names the slots of an annotation by their numbers."""
    path = f"{sys.argv[1]}/document.eaf"
    slots = "".join(SLOT.format(number, time) for number, time in enumerate(times, 1))
    annotations = "".join(ANNOTATION.format(n, *pair) for n, pair in enumerate(pairs, 1))
    with open(path, "w", encoding="utf-8") as file:
        file.write(DOCUMENT.format(slots=slots, annotations=annotations))
    document = pympi.Eaf(path)
    document.shift_annotations(by)
    return " ".join(f"{start}-{end}" for start, end, _ in sorted(document.get_annotation_data_for_tier("face")))


print(shifted(500, [1000, 2000, 2000, 3000, 3000, 4000], [(1, 2), (3, 4), (5, 6)]))
print(shifted(500, [1000, 2000, 3000, 4000], [(1, 2), (2, 3), (3, 4)]))
print(shifted(-500, [200, 2000, 3000, 4000], [(1, 2), (3, 4)]))
END
"$python" "$temp/run.py" "$temp" > "$temp/out"
same "1000-2000 2000-3000 3000-4000, moved by 500 ms" "1500-2500 2500-3500 3500-4500" "$(sed -n 1p "$temp/out")"
same "the same where neighbours share a time slot" "1500-3000 3000-4000 4000-4500" "$(sed -n 2p "$temp/out")"
same "200-2000 3000-4000, moved by -500 ms" "0-2000 2500-3500" "$(sed -n 3p "$temp/out")"
verdict
