"""The loop that a good engineer would write in an hour with the same libraries: one process, frame by frame.

OpenCV decodes, MediaPipe detects faces, OpenVINO classifies them with the same network, OpenCV draws.
"""

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.peers.loop import play
from models.engines import create_engine, load_network
from models.fetch import detector_path
from models.runtimes import import_mediapipe, quiet_stderr

MIN_SCORE = 0.5


def main(draw: bool) -> None:
    """Process the given file."""
    with quiet_stderr():
        mediapipe = import_mediapipe()
        tasks, vision = mediapipe.tasks, mediapipe.tasks.vision
        options = vision.FaceDetectorOptions(
            base_options=tasks.BaseOptions(model_asset_path=str(detector_path("full_range"))),
            min_detection_confidence=MIN_SCORE,
        )
        detector = vision.FaceDetector.create_from_options(options)
    network = load_network("fast")
    engine = create_engine(network, "openvino")
    engine.warm()

    def work(picture: Any) -> int:
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        found = detector.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rgb)).detections
        if not found:
            return 0
        gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        boxes, crops = [], []
        for face in found:
            box = face.bounding_box
            x, y = max(0, box.origin_x), max(0, box.origin_y)
            crop = gray[y : y + box.height, x : x + box.width]
            boxes.append((x, y, box.width, box.height))
            crops.append(cv2.resize(crop, (network.size, network.size), interpolation=cv2.INTER_AREA))
        rows = engine.predict(np.stack(crops))
        if draw:
            for (x, y, width, height), row in zip(boxes, rows, strict=True):
                label = f"{network.labels[int(row.argmax())]} {row.max():.0%}"
                cv2.rectangle(picture, (x, y), (x + width, y + height), (0, 200, 0), 2)
                cv2.putText(picture, label, (x, y - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 200, 0), 2, cv2.LINE_AA)
        return len(found)

    play(work)


if __name__ == "__main__":
    main(draw="--no-drawing" not in sys.argv)
