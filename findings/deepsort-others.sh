#!/usr/bin/env bash
# deep-sort-realtime drops a box without width and gives the next face its embedding and what belongs to it.
. "$(dirname "$0")/common.sh"
python_with deep-sort-realtime==1.3.2 opencv-python-headless==4.14.0.94 scipy==1.17.1 numpy==2.4.6 setuptools==66.1.1
cat > "$temp/run.py" <<'END'
import warnings

import numpy as np

warnings.filterwarnings("error", module="deep_sort_realtime")
from deep_sort_realtime.deepsort_tracker import DeepSort

WIDTH = 640  # pixels of the frame
LABELS = ["happy", "sad", "angry"]
EMBEDDINGS = np.eye(3)  # what each face looks like: nothing in common


def tracks(left):
    """The label and the embedding of each face behind the first one, which is at this place, within the frame."""
    boxes = [[min(max(x, 0), WIDTH), 50, max(min(x + 40, WIDTH) - max(x, 0), 0), 40] for x in (left, 200, 400)]
    tracker = DeepSort(embedder=None, n_init=1)
    for _ in range(3):
        found = tracker.update_tracks([(box, 0.9, "face") for box in boxes], embeds=EMBEDDINGS, others=LABELS)
    faces = {round(track.to_ltrb(orig=True)[0]): track for track in found}
    return ", ".join(f"{faces[x].get_det_supplementary()} {np.argmax(faces[x].get_feature())}" for x in (200, 400))


print(tracks(100))
print(tracks(-39))
print(tracks(-40))
END
run_python
what="label and embedding of the second and third face; the first one is"
same "$what in the frame" "sad 1, angry 2" "$(line 1)"
same "$what there with its last pixel" "sad 1, angry 2" "$(line 2)"
same "$what outside, its box cut at the border has no width" "happy 0, sad 1" "$(line 3)"
verdict
