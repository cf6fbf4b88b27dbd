#!/usr/bin/env bash
# OpenVINO and OpenCV shrink without the antialiasing that an ONNX network asks for, and say nothing.
. "$(dirname "$0")/common.sh"
python_with openvino==2026.4.1 openvino-telemetry==2025.2.0 opencv-python-headless==5.0.0.93 onnx==1.23.2 \
  onnxruntime==1.32.0 pillow==13.0.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import sys

sys.modules["openvino_telemetry"] = None  # reports nothing to anybody
import cv2
import numpy as np
import onnxruntime
import openvino
from onnx import TensorProto, checker, helper, numpy_helper
from PIL import Image

core = openvino.Core()
SIZE, SMALL = 256, 64
FILTERS = {"linear": Image.Resampling.BILINEAR, "cubic": Image.Resampling.BICUBIC}


def network(mode, antialias):
    node = helper.make_node("Resize", ["image", "", "", "size"], ["small"], mode=mode, antialias=antialias,
                            cubic_coeff_a=-0.5)
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, size, size])]
        for name, size in (("image", SIZE), ("small", SMALL))
    ]
    size = numpy_helper.from_array(np.array([1, 1, SMALL, SMALL], np.int64), "size")
    graph = helper.make_graph([node], "network", *ends, [size])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    checker.check_model(model, full_check=True)
    return model.SerializeToString()


# Gray with noise from pixel to pixel, as of a camera in the dark.
noise = np.random.default_rng(0).normal(0, 20, (SIZE, SIZE))
image = (128 + noise).astype(np.float32)[None, None]


def spread(mode, antialias):
    """Standard deviation of the image after it was shrunk to a quarter."""
    model = network(mode, antialias)
    compiled = core.compile_model(core.read_model(model), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
    net.setInput(image)
    found = {
        "ONNX Runtime": onnxruntime.InferenceSession(model).run(None, {"image": image})[0],
        "OpenVINO": compiled(image)[0],
        "OpenCV": net.forward(),
    }
    return ", ".join(f"{name} {values.std():.1f}" for name, values in found.items())


for mode in FILTERS:
    for antialias in (0, 1):
        print(spread(mode, antialias))
    print(f"{np.asarray(Image.fromarray(image[0, 0]).resize((SMALL, SMALL), FILTERS[mode])).std():.1f}")
END
run_python
same "noise of 20.0, linear without antialiasing" "ONNX Runtime 10.0, OpenVINO 10.0, OpenCV 10.0" "$(line 1)"
same "linear with antialias=1" "ONNX Runtime 3.3, OpenVINO 10.0, OpenCV 10.0" "$(line 2)"
same "Pillow, bilinear" "3.3" "$(line 3)"
same "cubic without antialiasing" "ONNX Runtime 12.8, OpenVINO 12.8, OpenCV 12.8" "$(line 4)"
same "cubic with antialias=1" "ONNX Runtime 4.1, OpenVINO 12.8, OpenCV 12.8" "$(line 5)"
same "Pillow, bicubic" "4.1" "$(line 6)"
verdict
