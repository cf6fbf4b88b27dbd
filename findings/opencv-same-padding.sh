#!/usr/bin/env bash
# OpenCV 5 pads half a kernel in front whatever auto_pad says: five layers of stride 2 look 31 pixels to the left.
. "$(dirname "$0")/common.sh"
python_with opencv-python-headless==5.0.0.93 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import cv2
import numpy as np
import onnxruntime
from onnx import TensorProto, checker, helper, numpy_helper

LAYERS = 5
ENGINES = {"OpenCV": cv2.dnn.ENGINE_AUTO, "its classic engine": cv2.dnn.ENGINE_CLASSIC}


def network(size, kernel, **padding):
    """Five convolutions of stride 2, each of which copies the pixel in the middle of its kernel."""
    middle = np.zeros((1, 1, kernel, kernel), np.float32)
    middle[0, 0, kernel // 2, kernel // 2] = 1
    nodes = [
        helper.make_node(
            "Conv", [f"v{i}", "w"], [f"v{i + 1}"], kernel_shape=[kernel] * 2, strides=[2, 2], **padding
        )
        for i in range(LAYERS)
    ]
    cells = -(-size // 2**LAYERS)
    shapes = [("v0", [1, 1, size, size]), (f"v{LAYERS}", [1, 1, cells, cells])]
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)] for name, shape in shapes]
    graph = helper.make_graph(nodes, "network", *ends, [numpy_helper.from_array(middle, "w")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(model, full_check=True)
    return model.SerializeToString()


def columns(size, kernel, **padding):
    """The column of the image that each program's cell 4 shows."""
    model = network(size, kernel, **padding)
    open("network.onnx", "wb").write(model)
    image = np.broadcast_to(np.arange(size, dtype=np.float32), (1, 1, size, size)).copy()
    found = {"ONNX Runtime": onnxruntime.InferenceSession(model).run(None, {"v0": image})[0]}
    for name, engine in ENGINES.items():
        net = cv2.dnn.readNetFromONNX("network.onnx", engine)
        net.setInput(image)
        found[name] = net.forward()
    return ", ".join(f"{name} {round(float(cells[0, 0, 4, 4]))}" for name, cells in found.items())


print(columns(256, 3, auto_pad="SAME_UPPER"))
print(columns(256, 3, pads=[0, 0, 1, 1]))
print(columns(256, 5, auto_pad="SAME_UPPER"))
print(columns(256, 3, auto_pad="SAME_LOWER"))
print(columns(257, 3, auto_pad="SAME_UPPER"))
END
cd "$temp"
run_python
same "column of 256 that cell 4 shows, SAME_UPPER" "ONNX Runtime 159, OpenCV 128, its classic engine 159" "$(line 1)"
same "the same padding in numbers" "ONNX Runtime 159, OpenCV 159, its classic engine 159" "$(line 2)"
same "SAME_UPPER, kernel of 5" "ONNX Runtime 159, OpenCV 128, its classic engine 159" "$(line 3)"
same "SAME_LOWER" "ONNX Runtime 128, OpenCV 128, its classic engine 159" "$(line 4)"
same "SAME_UPPER, image of 257" "ONNX Runtime 128, OpenCV 128, its classic engine 128" "$(line 5)"
verdict
