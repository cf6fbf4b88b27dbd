#!/usr/bin/env bash
# Networks that pnnx converts from ONNX to ncnn pool, enlarge and remember otherwise, without a warning.
. "$(dirname "$0")/common.sh"
python_with onnx==1.23.2 onnxruntime==1.32.0 ncnn==1.0.20261020 numpy==2.4.6
"$python" -m pip install -qq --no-deps --no-compile --disable-pip-version-check pnnx==20261020
echo pnnx==20261020
cat > "$temp/run.py" <<'END'
import importlib.util
import pathlib
import subprocess

import ncnn
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

PNNX = pathlib.Path(importlib.util.find_spec("pnnx").origin).with_name("pnnx")
random = np.random.default_rng(0)


def by_both(x, nodes, weights):
    """What ONNX Runtime and ncnn find for the same file, as arrays of one shape, and whether pnnx named anything."""
    weights = {name: np.asarray(value) for name, value in weights.items()}
    kinds = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "network", [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], kinds)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    right = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0]
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", TensorProto.FLOAT, right.shape))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "network.onnx")
    shape = ",".join(map(str, x.shape))
    said = subprocess.run([PNNX, "network.onnx", f"inputshape=[{shape}]", "fp16=0"], check=True, capture_output=True)
    assert b"ignore" not in said.stdout + said.stderr
    net = ncnn.Net()
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    assert net.load_param("network.ncnn.param") == net.load_model("network.ncnn.bin") == 0
    extractor = net.create_extractor()
    extractor.input("in0", ncnn.Mat(np.ascontiguousarray(x.reshape(x.shape[1:] if x.ndim == 4 else (len(x), -1)))).clone())
    return right.squeeze(), np.array(extractor.extract("out0")[1]).squeeze()


def layers(image, *nodes, **weights):
    """These layers behind a convolution that changes nothing."""
    channels = image.shape[1]
    names = ["x", *(f"layer{number}" for number in range(len(nodes))), "y"]
    chain = [helper.make_node("Conv", ["x", "one"], ["layer0"])]
    for number, (operator, inputs, attributes) in enumerate(nodes):
        chain.append(helper.make_node(operator, [names[number + 1], *inputs], [names[number + 2]], **attributes))
    one = np.eye(channels, dtype=np.float32).reshape(channels, channels, 1, 1)
    return by_both(image, chain, {"one": one, **weights})


def middle(row, pixels=1):
    """Where the line is, with this number of pixels in a cell."""
    return f"{(row * np.arange(len(row))).sum() / row.sum() * pixels:.1f}"


line = np.zeros((1, 1, 16, 256), np.float32)
line[..., 120:124] = 1
pool = {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"}
print(*(middle(found, 16) for found in layers(line, *[("MaxPool", [], pool)] * 4)))
white = np.ones((1, 1, 6, 6), np.float32)
print(*(" ".join(f"{value:.2f}" for value in np.diagonal(found)) for found in layers(white, ("AveragePool", [], pool))), sep=", ")

scales = {"none": np.zeros(0, np.float32), "scales": np.array([1, 1, 8, 8], np.float32)}
for rule in ("half_pixel", "asymmetric"):
    enlarge = ("Resize", ["none", "scales"], {"mode": "linear", "coordinate_transformation_mode": rule})
    print(*(middle(found[0]) for found in layers(line[..., :4, 110:134], enlarge, **scales)))

blocks = np.arange(2 * 4 * 4, dtype=np.float32).reshape(1, 2, 4, 4)
print(*(" ".join(f"{value:.0f}" for value in found[:, 0, 0]) for found in
        layers(blocks, ("SpaceToDepth", [], {"blocksize": 2}))), sep=", ")

for before in (1, 0):
    steps = random.normal(size=(5, 1, 3)).astype(np.float32)
    parts = {name: random.normal(size=shape).astype(np.float32)
             for name, shape in (("W", (1, 12, 3)), ("R", (1, 12, 4)), ("B", (1, 24)))}
    nodes = [helper.make_node("GRU", ["x", "W", "R", "B"], ["states"], hidden_size=4, linear_before_reset=before),
             helper.make_node("Squeeze", ["states", "axis"], ["y"])]
    right, found = by_both(steps, nodes, {**parts, "axis": np.array([1])})
    print(f"{np.abs(right - found).max():.2f}")
END
cd "$temp"
run_python
what="by ONNX Runtime and by ncnn,"
same "$what place of a line after four layers of MaxPool, SAME_UPPER, in pixels" "104.0 120.0" "$(line 1)"
same "$what AveragePool of a white image, SAME_UPPER, along the diagonal" "1.00 1.00 1.00, 0.44 1.00 1.00" "$(line 2)"
same "$what place of a line enlarged eight times, half_pixel" "95.5 95.5" "$(line 3)"
same "$what asymmetric" "92.0 95.5" "$(line 4)"
same "$what channels of SpaceToDepth" "0 16 1 17 4 20 5 21, 0 1 4 5 16 17 20 21" "$(line 5)"
same "difference of the states of a GRU, linear_before_reset=1" "0.00" "$(line 6)"
same "linear_before_reset=0, the default" "0.76" "$(line 7)"
verdict
