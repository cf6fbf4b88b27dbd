#!/usr/bin/env bash
# OpenCV 5 runs a GRU of direction "reverse" forwards, and takes the wrong end of such an LSTM for its last state.
. "$(dirname "$0")/common.sh"
python_with opencv-python-headless==5.0.0.93 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import cv2
import numpy as np
import onnxruntime
from onnx import TensorProto, checker, helper, numpy_helper

FRAMES, FEATURES, SIZE = 25, 7, 8  # a second of seven emotions
random = np.random.default_rng(0)
faces = random.normal(size=(FRAMES, 1, FEATURES)).astype(np.float32)


def weights(gates, directions):
    shapes = {"W": (gates * SIZE, FEATURES), "R": (gates * SIZE, SIZE), "B": (2 * gates * SIZE,)}
    return {name: random.normal(size=(directions, *shape)).astype(np.float32) for name, shape in shapes.items()}


def network(kind, direction, values):
    directions = len(values["W"])
    node = helper.make_node(kind, ["faces", *values], ["all", "last"], hidden_size=SIZE, direction=direction)
    shapes = {"faces": faces.shape, "all": (FRAMES, directions, 1, SIZE), "last": (directions, 1, SIZE)}
    ends = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()}
    stored = [numpy_helper.from_array(value, name) for name, value in values.items()]
    graph = helper.make_graph([node], "network", [ends.pop("faces")], [*ends.values()], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(model, full_check=True)
    return model.SerializeToString()


def by_onnxruntime(model):
    return onnxruntime.InferenceSession(model).run(None, {"faces": faces})


def by_opencv(model):
    net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
    net.setInput(faces)
    return net.forward(["all", "last"])


def by_hand(values, order):
    """A GRU as the ONNX standard has it, which sees the frames in this order."""
    (w,), (r,), (b,) = values.values()
    sigmoid = lambda x: 1 / (1 + np.exp(-x))
    state, states = np.zeros(SIZE), np.zeros((FRAMES, SIZE))
    wz, wr, wh, rz, rr, rh = *np.split(w, 3), *np.split(r, 3)
    bz, br, bh, cz, cr, ch = np.split(b, 6)
    for frame in order:
        x = faces[frame, 0]
        update = sigmoid(wz @ x + rz @ state + bz + cz)
        reset = sigmoid(wr @ x + rr @ state + br + cr)
        state = (1 - update) * np.tanh(wh @ x + rh @ (reset * state) + bh + ch) + update * state
        states[frame] = state
    return [states, state]


def equal(found, other):
    return " ".join("same" if np.allclose(a.ravel(), b.ravel(), atol=1e-4) else "other"
                    for a, b in zip(found, other, strict=True))


backwards, forwards = range(FRAMES)[::-1], range(FRAMES)
gru, lstm = weights(3, 1), weights(4, 1)
for direction, order in (("forward", forwards), ("reverse", backwards)):
    model = network("GRU", direction, gru)
    print(equal(by_onnxruntime(model), by_hand(gru, order)), equal(by_opencv(model), by_hand(gru, order)))
print(equal(by_opencv(network("GRU", "reverse", gru)), by_hand(gru, forwards)))
model = network("GRU", "bidirectional", weights(3, 2))
print(equal(by_opencv(model), by_onnxruntime(model)))
model = network("LSTM", "reverse", lstm)
found, expected = by_opencv(model), by_onnxruntime(model)
print(equal(found, expected), equal(found[1:], [expected[0][-1]]), equal(expected[1:], [expected[0][0]]))
END
run_python
same "states of a forward GRU, and its last one: ONNX Runtime and OpenCV against arithmetic" "same same same same" "$(line 1)"
same "of a reverse GRU" "same same other other" "$(line 2)"
same "OpenCV's reverse GRU against the arithmetic of a forward one" "same same" "$(line 3)"
same "OpenCV's bidirectional GRU against ONNX Runtime" "same same" "$(line 4)"
same "OpenCV's reverse LSTM against ONNX Runtime; its last state against that of the latest frame; ONNX Runtime's \
last state against that of the first frame" "same other same same" "$(line 5)"
verdict
