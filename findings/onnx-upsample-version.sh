#!/usr/bin/env bash
# onnx's version converter moves what Upsample and Resize enlarge linearly by almost half of the factor.
. "$(dirname "$0")/common.sh"
python_with onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 openvino-telemetry==2025.2.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import sys
import warnings

sys.modules["openvino_telemetry"] = None  # reports nothing to anybody
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper, version_converter

SIZE, FACTOR = 12, 8  # cells of a map of faces, and pixels per cell
cells = np.zeros((1, 1, 1, SIZE), np.float32)
cells[..., 5] = 1  # one face, in cell 5
warnings.simplefilter("error")


def network(operator, version, mode):
    """A network that enlarges the map to the size of the image, as one does that ends in a heat map."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, 1, size])
            for name, size in (("cells", SIZE), ("image", SIZE * FACTOR))]
    scales = numpy_helper.from_array(np.array([1, 1, 1, FACTOR], np.float32), "scales")
    node = helper.make_node(operator, ["cells", "scales"], ["image"], mode=mode)
    graph = helper.make_graph([node], "network", ends[:1], ends[1:], [scales])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=8)


def middle(image):
    """Where the face is in the enlarged map, in pixels."""
    weights = np.asarray(image)[0, 0, 0]
    return f"{(weights * np.arange(len(weights))).sum() / weights.sum():.1f}"


def places(model):
    onnx.checker.check_model(model, full_check=True)
    file = model.SerializeToString()
    core = openvino.Core()
    return " ".join((
        middle(onnxruntime.InferenceSession(file).run(None, {"cells": cells})[0]),
        middle(core.compile_model(core.read_model(file), "CPU")(cells)[0]),
    ))


for operator, version in (("Upsample", 9), ("Resize", 10)):
    for mode in ("linear", "nearest"):
        model = network(operator, version, mode)
        print(places(model), *(places(version_converter.convert_version(model, target)) for target in (11, 21)), sep=", ")
END
run_python
what="middle of a face, in pixels, by ONNX Runtime and OpenVINO: unchanged, converted to version 11 and 21,"
same "$what Upsample of version 9, linear" "40.0 40.0, 43.5 43.5, 43.5 43.5" "$(line 1)"
same "nearest" "43.5 43.5, 43.5 43.5, 43.5 43.5" "$(line 2)"
same "Resize of version 10, linear" "40.0 40.0, 43.5 43.5, 43.5 43.5" "$(line 3)"
same "nearest" "43.5 43.5, 43.5 43.5, 43.5 43.5" "$(line 4)"
verdict
