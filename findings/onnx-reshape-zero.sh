#!/usr/bin/env bash
# onnxoptimizer and OpenCV 5 join two reshapes although the second one copies sizes from what lies between them.
. "$(dirname "$0")/common.sh"
python_with onnxoptimizer==0.4.2 opencv-python-headless==5.0.0.93 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import cv2
import numpy as np
import onnxoptimizer
import onnxruntime
from onnx import TensorProto, checker, helper, inliner, numpy_helper

CHANNELS, SIZE, GROUPS = 8, 6, 2
random = np.random.default_rng(0)
features = random.normal(size=(1, CHANNELS, SIZE, SIZE)).astype(np.float32)
features *= np.linspace(0.1, 3, CHANNELS, dtype=np.float32)[:, None, None]  # weak and strong channels


def model(nodes, stored):
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, features.shape) for name in ("features", "out")]
    values = [numpy_helper.from_array(value, name) for name, value in stored.items()]
    kinds = [helper.make_tensor_value_info(value.name, value.data_type, value.dims) for value in values]
    graph = helper.make_graph(nodes, "network", ends[:1], ends[1:], values, value_info=kinds)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    checker.check_model(made, full_check=True)
    return made


def by_onnxruntime(network):
    return onnxruntime.InferenceSession(network.SerializeToString()).run(None, {"features": features})[0]


def by_opencv(network, engine=cv2.dnn.ENGINE_AUTO):
    net = cv2.dnn.readNetFromONNX(np.frombuffer(network.SerializeToString(), np.uint8), engine)
    net.setInput(features)
    return net.forward()


def spreads(values):
    """Standard deviation of the weakest and of the strongest channel."""
    channels = values.reshape(CHANNELS, -1).std(axis=1)
    return f"{channels[0]:.2f} {channels[-1]:.2f}"


groups = features.reshape(GROUPS, -1)
print(spreads((groups - groups.mean(1, keepdims=True)) / groups.std(1, keepdims=True)))
stored = {"scale": np.ones(CHANNELS, np.float32), "bias": np.zeros(CHANNELS, np.float32)}
node = helper.make_node("GroupNormalization", ["features", *stored], ["out"], num_groups=GROUPS)
network = model([node], stored)
print(spreads(by_onnxruntime(network)), spreads(by_opencv(network)))
# The same in the operators that the standard itself defines it by, for programs which do not know it.
inlined = inliner.inline_selected_functions(network, [("", "GroupNormalization")], inline_schema_functions=True)
checker.check_model(inlined, full_check=True)
print(sum(node.op_type == "GroupNormalization" for node in inlined.graph.node), spreads(by_onnxruntime(inlined)))
print(spreads(by_onnxruntime(onnxoptimizer.optimize(inlined))), spreads(by_opencv(inlined)))
print(spreads(by_opencv(inlined, cv2.dnn.ENGINE_CLASSIC)))
passes = [name for name in onnxoptimizer.get_fuse_and_elimination_passes() if "idempotent" not in name]
print(spreads(by_onnxruntime(onnxoptimizer.optimize(inlined, passes))))
END
run_python
same "spread of the weakest and the strongest channel in groups of four, by arithmetic" "0.09 1.21" "$(line 1)"
same "by ONNX Runtime and OpenCV" "0.09 1.21 0.09 1.21" "$(line 2)"
same "operators of that name once it is written out, and the spreads by ONNX Runtime" "0 0.09 1.21" "$(line 3)"
same "after onnxoptimizer, and by OpenCV" "1.00 1.00 1.00 1.00" "$(line 4)"
same "by OpenCV's classic engine" "1.00 1.00" "$(line 5)"
same "after onnxoptimizer without eliminate_consecutive_idempotent_ops" "0.09 1.21" "$(line 6)"
verdict
