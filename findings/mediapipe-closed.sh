#!/usr/bin/env bash
# A MediaPipe face detector that has been closed raises nothing: it finds no faces.
. "$(dirname "$0")/common.sh"
python_with mediapipe==1.2.2 numpy==2.4.6 opencv-contrib-python==4.14.0.94
# the last package that contains the network
"$python" -m pip download -q --no-deps --disable-pip-version-check --platform manylinux_2_28_x86_64 \
  --python-version 3.11 --only-binary :all: -d "$temp" mediapipe==0.10.21
cat > "$temp/run.py" <<'END'
import pathlib
import sys
import zipfile

import cv2
import mediapipe
import numpy as np
from mediapipe.tasks.python import BaseOptions
from mediapipe.tasks.python.vision import FaceDetector, FaceDetectorOptions

[wheel] = pathlib.Path(sys.argv[1]).glob("*.whl")
model = zipfile.ZipFile(wheel).read("mediapipe/modules/face_detection/face_detection_short_range.tflite")
face = np.full((320, 320, 3), (120, 140, 160), np.uint8)


def oval(x, y, width, height, colour, line=-1, part=(0, 360)):
    cv2.ellipse(face, (x, y), (width, height), 0, *part, colour, line, cv2.LINE_AA)


oval(160, 150, 92, 118, (60, 40, 30))  # hair
oval(160, 175, 80, 100, (224, 180, 150))
for x in (125, 195):
    oval(x, 158, 17, 9, (245, 245, 245))
    oval(x, 158, 8, 8, (60, 40, 30))
    oval(x, 138, 22, 7, (60, 40, 30), 5, (190, 350))  # brow
oval(160, 205, 16, 7, (180, 125, 105))
oval(160, 232, 28, 10, (175, 80, 80))
face = cv2.GaussianBlur(face, (0, 0), 2.5)

detector = FaceDetector.create_from_options(FaceDetectorOptions(BaseOptions(model_asset_buffer=model)))
image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=face)
print(len(detector.detect(image).detections))
detector.close()
print(len(detector.detect(image).detections))
END
"$python" "$temp/run.py" "$temp" > "$temp/out" 2> "$temp/log" || cat "$temp/log"
same "faces found in a drawn face" 1 "$(sed -n 1p "$temp/out")"
same "faces found in it after close()" 0 "$(sed -n 2p "$temp/out")"
verdict
