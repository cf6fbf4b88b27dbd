#!/usr/bin/env bash
# pylabel writes the last face once more for each image without one, and drops such images of VOC.
. "$(dirname "$0")/common.sh"
python_with pandas==2.3.3 numpy==2.4.6 opencv-python-headless==4.14.0.94 pyyaml==6.0.3 tqdm==4.67.1 pycocotools==2.0.11
"$python" -m pip install -qq --no-compile --no-deps --disable-pip-version-check pylabel==0.1.55
echo pylabel==0.1.55
cat > "$temp/run.py" <<'END'
import contextlib
import json
import os
import pathlib
import sys
import unittest.mock
import warnings

# what the package draws with is not needed to read and write tables
DRAWING = "PIL IPython IPython.display bbox_visualizer ipywidgets jupyter_bbox_widget matplotlib matplotlib.pyplot sklearn"
for name in [*DRAWING.split(), "sklearn.model_selection"]:
    sys.modules[name] = unittest.mock.MagicMock()
warnings.simplefilter("error", UserWarning)
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from pylabel import importer

FRAMES, SEEN = 100, 40  # frames of a camera; a face is in the first ones, nobody in the others
BOX = [10, 20, 80, 100]


def coco(first):
    """The truth in COCO's format, whose annotations are numbered from `first`."""
    images = [{"id": number, "file_name": f"{number}.png", "width": 640, "height": 480} for number in range(FRAMES)]
    common = {"category_id": 1, "bbox": BOX, "area": 8000, "iscrowd": 0, "segmentation": []}
    faces = [{"id": first + number, "image_id": number, **common} for number in range(SEEN)]
    return {"images": images, "annotations": faces, "categories": [{"id": 1, "name": "face", "supercategory": ""}]}


def judged(path):
    """Images and faces of a file, and what pycocotools finds of a detector that finds each face exactly."""
    table = json.loads(pathlib.Path(path).read_text())
    known = {image["file_name"]: image["id"] for image in table["images"]}
    category = table["categories"][0]["id"]
    found = [
        {"image_id": known[f"{number}.png"], "category_id": category, "bbox": BOX, "score": 0.9} for number in range(SEEN)
    ]
    truth = COCO(path)
    evaluation = COCOeval(truth, truth.loadRes(found), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return f"{len(table['images'])} images, {len(table['annotations'])} faces, recall {evaluation.stats[8]:.2f}"


with contextlib.redirect_stdout(sys.stderr):
    for name, first in (("one", 1), ("zero", 0)):
        pathlib.Path(f"{name}.json").write_text(json.dumps(coco(first)))
    seen = [judged("one.json"), judged("zero.json")]
    importer.ImportCoco("one.json").export.ExportToCoco("again.json")
    seen.append(judged("again.json"))
    os.mkdir("voc")
    corners = "<xmin>10</xmin><ymin>20</ymin><xmax>90</xmax><ymax>120</ymax>"
    for number in range(FRAMES):
        face = f"<object><name>face</name><bndbox>{corners}</bndbox></object>" if number < SEEN else ""
        size = "<size><width>640</width><height>480</height><depth>3</depth></size>"
        text = f"<annotation><filename>{number}.png</filename>{size}{face}</annotation>"
        pathlib.Path(f"voc/{number}.xml").write_text(text)
    importer.ImportVOC("voc").export.ExportToCoco("voc.json")
    seen.append(judged("voc.json"))
print(*seen, sep="\n")
END
cd "$temp"
run_python
what="a detector that finds each face in 40 of 100 frames,"
same "$what in COCO's format" "100 images, 40 faces, recall 1.00" "$(line 1)"
same "$what annotations numbered from 0" "100 images, 40 faces, recall 0.97" "$(line 2)"
same "$what read and written by pylabel" "100 images, 100 faces, recall 0.39" "$(line 3)"
same "$what read from VOC" "40 images, 40 faces, recall 0.97" "$(line 4)"
verdict
