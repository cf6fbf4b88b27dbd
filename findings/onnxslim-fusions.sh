#!/usr/bin/env bash
# onnxslim moves a factor into the layer before it although it belongs to columns, or to one of two users.
. "$(dirname "$0")/common.sh"
python_with onnxslim==0.1.98 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import warnings

import numpy as np
import onnx
import onnxruntime
import onnxslim
from onnx import TensorProto, helper, numpy_helper

warnings.simplefilter("error")
random = np.random.default_rng(1)


def network(nodes, shape, outputs, constants):
    graph = helper.make_graph(
        [helper.make_node(*node[:3], **node[3]) for node in nodes],
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, size) for name, size in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model


def outputs(model, x):
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})


def change(model, x):
    """The largest difference of each output once the model is slimmed, and its layers."""
    slim = onnxslim.slim(model)
    pairs = zip(outputs(model, x), outputs(slim, x), strict=True)
    return [float(np.abs(a - b).max()) for a, b in pairs], " ".join(node.op_type for node in slim.graph.node)


def masked(channels):
    """A mean of each pixel's surroundings in every channel, of which a window shows the middle columns only."""
    window = np.array([0, 1, 1, 0], np.float32)
    mean = np.full((channels, 1, 3, 3), 1 / 9, np.float32)
    nodes = [("Conv", ["x", "mean"], ["map"], {}), ("Mul", ["map", "window"], ["y"], {})]
    return network(nodes, [1, 1, 6, 6], {"y": [1, channels, 4, 4]}, {"mean": mean, "window": window})


white = np.ones((1, 1, 6, 6), np.float32)
for channels in (3, 4):
    model = masked(channels)
    slim = onnxslim.slim(model)
    maps = [outputs(one, white)[0][0, :2, 0] for one in (model, slim)]  # the first row of two channels
    rows = ["|".join(" ".join(f"{value:.0f}" for value in row) for row in two) for two in maps]
    print(f"{rows[0]}; slimmed {rows[1]}; {change(model, white)[1]}")

# Logits of two faces: the scores of seven emotions, and, scaled by a temperature, their probabilities.
weights = random.normal(size=(7, 16)).astype(np.float32)
shape, temperature = np.array([2, 1, 7]), np.array(0.25, np.float32)
nodes = [
    ("Gemm", ["x", "weights", "bias"], ["logits"], {"transB": 1}),
    ("Sigmoid", ["logits"], ["scores"], {}),
    ("Reshape", ["logits", "shape"], ["faces"], {}),
    ("Mul", ["faces", "temperature"], ["scaled"], {}),
    ("Softmax", ["scaled"], ["probabilities"], {}),
]
constants = {"weights": weights, "bias": np.zeros(7, np.float32), "shape": shape, "temperature": temperature}
model = network(nodes, [2, 16], {"scores": [2, 7], "probabilities": [2, 1, 7]}, constants)
x = random.normal(size=(2, 16)).astype(np.float32)
(scores, probabilities), layers = change(model, x)
print(f"scores {scores:.2f}, probabilities {probabilities:.2f}; {layers}")
END
run_python
what="first rows of two channels of a white image behind a window over its columns;"
same "$what three channels" "0 1 1 0|0 1 1 0; slimmed 0 1 1 0|0 1 1 0; Conv Mul" "$(line 1)"
same "$what four channels, as many as columns" "0 1 1 0|0 1 1 0; slimmed 0 0 0 0|1 1 1 1; Conv" "$(line 2)"
same "change of two outputs of one layer, one of which is scaled by a temperature" \
  "scores 0.27, probabilities 0.00; Gemm Sigmoid Reshape Softmax" "$(line 3)"
verdict
