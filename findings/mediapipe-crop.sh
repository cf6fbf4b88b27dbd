#!/usr/bin/env bash
# mediapipe.Image ignores the strides of a NumPy view: a crop becomes other pixels of its frame, without an error.
. "$(dirname "$0")/common.sh"
python_with mediapipe==1.2.2 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import mediapipe
import numpy as np

frame = np.array([[10 * row + column for column in range(6)] for row in range(6)], np.uint8)
for pixels in (frame[1:3, 1:3], frame[1:3, 1:3].copy()):
    image = mediapipe.Image(image_format=mediapipe.ImageFormat.GRAY8, data=pixels)
    print(image.numpy_view()[..., 0].tolist())
END
"$python" "$temp/run.py" > "$temp/out" 2> "$temp/log" || cat "$temp/log"
same "rows 1 and 2, columns 1 and 2 of a frame, as a view" "[[11, 12], [13, 14]]" "$(sed -n 1p "$temp/out")"
same "the same, copied" "[[11, 12], [21, 22]]" "$(sed -n 2p "$temp/out")"
verdict
