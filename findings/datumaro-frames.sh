#!/usr/bin/env bash
# datumaro numbers the frames of a CVAT video track by track, and makes a box of each "outside".
. "$(dirname "$0")/common.sh"
python_with datumaro==1.13.12
cat > "$temp/run.py" <<'END'
import pathlib
import warnings

warnings.filterwarnings("error", module="datumaro")
import datumaro

META = (
    '<meta><task><id>1</id><name>hall</name><size>200</size><mode>interpolation</mode><labels><label><name>face</name>'
    "<attributes></attributes></label></labels><original_size><width>640</width><height>360</height></original_size>"
    "</task></meta>"
)
# Frames in which each of three visitors is seen, in the order in which somebody marked them.
VISITORS = (range(100, 110), range(40, 50), range(105, 112))


def box(frame, keyframe, outside):
    """A face in CVAT's format for video: its left edge is the number of the frame."""
    place = f'xtl="{frame}" ytl="10" xbr="{frame + 20}" ybr="40" z_order="0"'
    return f'<box frame="{frame}" keyframe="{keyframe}" outside="{outside}" occluded="0" {place}></box>'


text = '<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>' + META
for number, frames in enumerate(VISITORS):
    boxes = [box(frame, int(frame == frames[0]), 0) for frame in frames] + [box(frames[-1] + 1, 1, 1)]
    text += f'<track id="{number}" label="face" source="manual">{"".join(boxes)}</track>'
path = pathlib.Path("cvat/annotations.xml")
path.parent.mkdir()
path.write_text(text + "</annotations>")

datumaro.Dataset.import_from("cvat", "cvat").export("mot", "mot_seq_gt")
rows = [row.split(",") for row in pathlib.Path("mot/gt/gt.txt").read_text().split()]
for track, frames in zip("132", VISITORS):
    found = {int(float(row[2])): int(row[0]) for row in rows if row[1] == track}
    print(*found.values(), "and", sum(int(row[1] == track) for row in rows) - len(frames))
END
cd "$temp"
run_python
what="frames in MOT, and boxes too many;"
same "$what the visitor of the frames 100 to 109" "1 2 3 4 5 6 7 8 9 10 11 and 1" "$(line 1)"
same "$what of 40 to 49" "12 13 14 15 16 17 18 19 20 21 22 and 1" "$(line 2)"
same "$what of 105 to 111" "6 7 8 9 10 11 23 24 and 1" "$(line 3)"
verdict
