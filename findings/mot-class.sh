#!/usr/bin/env bash
# trackers scores a perfect tracker 0 unless the class in the ground truth is 1, as of pedestrians.
. "$(dirname "$0")/common.sh"
python_with trackers==2.6.1 supervision==0.31.2 opencv-python==5.0.0.93 scipy==1.17.1 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import pathlib
import warnings

warnings.simplefilter("error")
from trackers.eval import evaluate_mot_sequence

FRAMES = 100


def write(name, tail):
    """Two faces that move to the right, as rows of frame, identity, left, top, width, height and these columns."""
    rows = [f"{frame},{face},{100 * face + frame},50,40,40{tail}" for frame in range(1, FRAMES + 1) for face in (1, 2)]
    pathlib.Path(name).write_text("\n".join(rows) + "\n")


write("found.txt", ",0.9,-1,-1,-1")  # as this library writes the tracks that it finds
for tail in (",1,1,1", ",1", ",1,-1,-1,-1", ",1,0,1", ",1,2,1"):
    write("truth.txt", tail)
    result = evaluate_mot_sequence("truth.txt", "found.txt", metrics=["CLEAR", "HOTA", "Identity"])
    print(f"{result.CLEAR.MOTA:.2f} {result.HOTA.HOTA:.2f} {result.Identity.IDF1:.2f},",
          result.CLEAR.CLR_TP, result.CLEAR.CLR_FN, result.CLEAR.CLR_FP)
END
cd "$temp"
run_python
what="MOTA, HOTA and IDF1 of the same boxes, and faces found, missed and false:"
same "$what class 1" "1.00 1.00 1.00, 200 0 0" "$(line 1)"
same "no column for a class" "1.00 1.00 1.00, 200 0 0" "$(line 2)"
same "class -1, as in MOT15 and in the library's own files" "0.00 0.00 0.00, 0 0 200" "$(line 3)"
same "class 0" "0.00 0.00 0.00, 0 0 200" "$(line 4)"
same "class 2, which is another one than faces have too" "0.00 0.00 0.00, 0 0 0" "$(line 5)"
verdict
