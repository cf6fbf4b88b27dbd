#!/usr/bin/env bash
# ReLU in OpenVINO and OpenCV turns NaN into 0: a network is sure of its answer to an image that is not a number.
. "$(dirname "$0")/common.sh"
python_with openvino==2026.4.1 onnxruntime==1.32.0 onnx==1.23.2 opencv-python-headless==4.14.0.94 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import cv2
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(0)
WEIGHTS = {
    "kernel": random.normal(size=(8, 1, 3, 3)) / 2,
    "bias": np.zeros(8),
    "dense": random.normal(size=(8, 7)) * 2,
    "offset": random.normal(size=7) * 2,
}
GRAY = random.random((1, 1, 16, 16))


def standardised(face):
    """Zero mean and unit variance, without a precaution for a face of one colour: 0 / 0 is NaN."""
    with np.errstate(invalid="ignore"):
        return (face - face.mean()) / face.std()


def network(activation):
    """A convolution, this activation, the mean, a dense layer and softmax over seven classes, as ONNX."""
    nodes = [
        helper.make_node("Conv", ["face", "kernel", "bias"], ["edges"], pads=[1] * 4),
        helper.make_node(activation, ["edges"], ["active"]),
        helper.make_node("GlobalAveragePool", ["active"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "dense", "offset"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["shares"]),
    ]
    face = helper.make_tensor_value_info("face", TensorProto.FLOAT, [1, 1, 16, 16])
    shares = helper.make_tensor_value_info("shares", TensorProto.FLOAT, [1, 7])
    weights = [numpy_helper.from_array(np.asarray(w, "f"), name) for name, w in WEIGHTS.items()]
    graph = helper.make_graph(nodes, "network", [face], [shares], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def answers(model, face):
    """The largest share that ONNX Runtime, OpenCV and OpenVINO give to a class."""
    face = face.astype("f")
    runtime = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"face": face})[0]
    net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
    net.setInput(face)
    core = openvino.Core()
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(core.read_model(model), "CPU", options)(face)[0]
    return " ".join(f"{np.max(shares):.2f}" for shares in (runtime, net.forward(), compiled))


print(answers(network("Relu"), standardised(GRAY)))
print(answers(network("Relu"), standardised(np.zeros_like(GRAY))))
print(answers(network("Sigmoid"), standardised(np.zeros_like(GRAY))))
END
run_python
same "largest share by ONNX Runtime, OpenCV and OpenVINO, gray face" "0.98 0.98 0.98" "$(line 1)"
same "black face, standardised, which is all NaN" "nan 0.73 0.73" "$(line 2)"
same "the black face, sigmoid instead of ReLU" "nan 0.73 nan" "$(line 3)"
verdict
