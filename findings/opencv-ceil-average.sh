#!/usr/bin/env bash
# OpenCV 5 divides an average at the border by the whole kernel when the size was rounded up: it is too small.
. "$(dirname "$0")/common.sh"
python_with opencv-python-headless==5.0.0.93 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 \
  openvino-telemetry==2025.2.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import sys

sys.modules["openvino_telemetry"] = None  # reports nothing to anybody
import cv2
import numpy as np
import onnxruntime
import openvino
from onnx import TensorProto, checker, helper
from onnx.reference import ReferenceEvaluator

SIZE, OUT = 6, 3  # pixels
image = np.ones((1, 1, SIZE, SIZE), np.float32)  # white throughout: so is each average within it


def network(ceil_mode, count_include_pad):
    """Averages of 3 x 3 pixels, every 2 pixels; the last one begins at pixel 4 and reaches over the border."""
    node = helper.make_node("AveragePool", ["image"], ["out"], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=ceil_mode,
                            count_include_pad=count_include_pad)
    out = OUT if ceil_mode else OUT - 1
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, size, size])
            for name, size in (("image", SIZE), ("out", out))]
    graph = helper.make_graph([node], "network", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    checker.check_model(model, full_check=True)
    return model.SerializeToString()


def by_opencv(model, engine):
    net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8), engine)
    net.setInput(image)
    return net.forward()


def diagonal(found):
    return " ".join(f"{value:.2f}" for value in np.diagonal(found[0, 0]))


for ceil_mode, count_include_pad in ((1, 1), (1, 0), (0, 1)):
    model = network(ceil_mode, count_include_pad)
    others = (
        onnxruntime.InferenceSession(model).run(None, {"image": image})[0],
        openvino.Core().compile_model(openvino.Core().read_model(model), "CPU")(image)[0],
        ReferenceEvaluator(model).run(None, {"image": image})[0],
    )
    print(*(diagonal(found) for found in others), sep=", ")
    print(*(diagonal(by_opencv(model, engine)) for engine in (cv2.dnn.ENGINE_NEW, cv2.dnn.ENGINE_CLASSIC)), sep=", ")
END
run_python
what="averages of a white image, along the diagonal, by"
same "$what ONNX Runtime, OpenVINO and ONNX's reference" "1.00 1.00 1.00, 1.00 1.00 1.00, 1.00 1.00 1.00" "$(line 1)"
same "$what OpenCV's engines" "1.00 1.00 0.44, 1.00 1.00 0.44" "$(line 2)"
same "with count_include_pad=0" "1.00 1.00 1.00, 1.00 1.00 1.00, 1.00 1.00 1.00" "$(line 3)"
same "by OpenCV's engines" "1.00 1.00 1.00, 1.00 1.00 1.00" "$(line 4)"
same "with ceil_mode=0" "1.00 1.00, 1.00 1.00, 1.00 1.00" "$(line 5)"
same "by OpenCV's engines" "1.00 1.00, 1.00 1.00" "$(line 6)"
verdict
