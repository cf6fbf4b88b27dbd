"""The original project's loop: OpenCV's Haar cascade, then `model.predict` for each face, then drawing.

Its network of 11.3 million parameters is rebuilt here with the same architecture: four convolution blocks, then dense
layers. The weights are random, so the labels are meaningless, but the speed is the same.
"""

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.peers.loop import play
from models.runtimes import import_tensorflow

SIZE = 48
LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def build(keras: Any) -> Any:
    """Return the network, from `[n, 48, 48, 1]` to `[n, 7]`."""
    layers = keras.layers
    stack: list[Any] = [keras.Input((SIZE, SIZE, 1))]
    for filters, kernel in ((64, 3), (128, 5), (512, 3), (1024, 3)):
        stack += [
            layers.Conv2D(filters, kernel, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
        ]
    stack.append(layers.Flatten())
    for units in (512, 1024, 512):
        stack += [layers.Dense(units), layers.BatchNormalization(), layers.Activation("relu"), layers.Dropout(0.25)]
    return keras.Sequential([*stack, layers.Dense(len(LABELS), activation="softmax")])


def main() -> None:
    """Process the given file."""
    _, keras = import_tensorflow()
    model = build(keras)
    cascade = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"))

    def work(picture: Any) -> int:
        gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        faces = cascade.detectMultiScale(gray, 1.3, 5)
        for x, y, width, height in faces:
            crop = cv2.resize(gray[y : y + height, x : x + width], (SIZE, SIZE))
            row = model.predict(crop[np.newaxis, :, :, np.newaxis], verbose=0)[0]
            cv2.putText(picture, LABELS[int(row.argmax())], (x, y), cv2.FONT_HERSHEY_SIMPLEX, 1, (255, 255, 0), 2)
            cv2.rectangle(picture, (x, y), (x + width, y + height), (255, 0, 0), 2)
        return len(faces)

    play(work)


if __name__ == "__main__":
    main()
