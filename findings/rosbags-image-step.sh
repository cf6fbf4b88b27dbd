#!/usr/bin/env bash
# rosbags-image takes the rows of an image to follow each other without a gap: padded rows are sheared.
. "$(dirname "$0")/common.sh"
python_with rosbags==0.11.9 rosbags-image==0.10.4 opencv-python-headless==4.14.0.94 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import sys
import warnings
from pathlib import Path

import numpy as np
from rosbags.highlevel import AnyReader
from rosbags.image import message_to_cvimage
from rosbags.rosbag2 import Writer
from rosbags.typesys import Stores, get_typestore

warnings.simplefilter("error")
STORE = get_typestore(Stores.ROS2_HUMBLE)
TYPES = STORE.types
WIDTH, HEIGHT, LINE = 100, 60, 40  # pixels; a white line stands in this column
KINDS = {"mono8": (1, np.uint8), "mono16": (1, np.uint16), "bgr8": (3, np.uint8)}


def image(encoding, align):
    """A message with rows aligned to a number of bytes, as drivers of cameras align them."""
    channels, kind = KINDS[encoding]
    pixels = np.zeros((HEIGHT, WIDTH, channels), kind)
    pixels[:, LINE] = np.iinfo(kind).max
    rows = pixels.reshape(HEIGHT, -1).view(np.uint8)
    step = -(-rows.shape[1] // align) * align
    data = np.pad(rows, ((0, 0), (0, step - rows.shape[1]))).ravel()
    header = TYPES["std_msgs/msg/Header"](TYPES["builtin_interfaces/msg/Time"](0, 0), "camera")
    return TYPES["sensor_msgs/msg/Image"](header, HEIGHT, WIDTH, encoding, 0, step, data)


def columns(pixels):
    """Where the line is in the first three rows, and in how many rows it is where it belongs."""
    light = pixels.reshape(HEIGHT, WIDTH, -1).max(axis=2)
    found = ["none" if not row.any() else str(row.argmax()) for row in light]
    return f"{' '.join(found[:3])}, {found.count(str(LINE))} of {HEIGHT}"


def by_hand(message):
    """The pixels as the definition of the message has it: a row is `step` bytes long."""
    channels, kind = KINDS[message.encoding]
    rows = message.data.reshape(message.height, message.step)[:, : message.width * channels * np.dtype(kind).itemsize]
    return np.ascontiguousarray(rows).view(kind)


for encoding in KINDS:
    for align in (1, 64):
        path = Path(sys.argv[0]).parent / f"{encoding}-{align}"
        with Writer(path, version=9) as bag:
            topic = bag.add_connection("/camera", "sensor_msgs/msg/Image", typestore=STORE)
            bag.write(topic, 0, STORE.serialize_cdr(image(encoding, align), topic.msgtype))
        with AnyReader([path]) as bag:
            ((topic, _, raw),) = bag.messages()
            message = bag.deserialize(raw, topic.msgtype)
        print(message.step, columns(message_to_cvimage(message)), columns(by_hand(message)), sep="; ")
END
run_python
what="bytes of a row; columns of the line in the first rows, and rows where it is right; the same by the definition"
same "mono8, $what" "100; 40 40 40, 60 of 60; 40 40 40, 60 of 60" "$(line 1)"
same "mono8, padded" "128; 40 68 96, 2 of 60; 40 40 40, 60 of 60" "$(line 2)"
same "mono16" "200; 40 40 40, 60 of 60; 40 40 40, 60 of 60" "$(line 3)"
same "mono16, padded" "256; 40 68 96, 2 of 60; 40 40 40, 60 of 60" "$(line 4)"
same "bgr8" "300; 40 40 40, 60 of 60; 40 40 40, 60 of 60" "$(line 5)"
same "bgr8, padded" "320; 40 46 53, 4 of 60; 40 40 40, 60 of 60" "$(line 6)"
verdict
