#!/usr/bin/env bash
# With CACHE_DIR, a network compiled from its path keeps its old weights when its .bin is replaced.
. "$(dirname "$0")/common.sh"
python_with openvino==2026.4.1 openvino-telemetry==2025.2.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import os, shutil, sys
sys.modules["openvino_telemetry"] = None  # reports nothing to anybody
import numpy as np
import openvino as ov
from openvino import opset13 as ops

folder = sys.argv[1]
core = ov.Core()


def save(factor, name):
    # the network multiplies by FACTOR
    value = ops.parameter([1, 64], np.float32)
    weights = np.eye(64, dtype=np.float32) * factor
    ov.save_model(ov.Model([ops.matmul(value, weights, False, False)], [value]), f"{folder}/{name}.xml", False)


def factor(network):
    compiled = core.compile_model(network, "CPU", {"CACHE_DIR": f"{folder}/cache"})
    return int(compiled(np.ones((1, 64), np.float32))[0].flat[0])


path = f"{folder}/network.xml"
save(1, "network")
print(factor(path))
save(2, "other")
os.utime(f"{folder}/other.bin", (2e9, 2e9))  # years later
shutil.copy2(f"{folder}/other.bin", f"{folder}/network.bin")
print(factor(path), factor(core.read_model(path)))
# both files replaced by those of a network of the same shape; only the times are those of before, as in an image
# whose files all have one time
save(3, "network")
os.utime(path, (1e9, 1e9))
print(factor(path))
save(4, "network")
os.utime(path, (1e9, 1e9))
print(factor(path), factor(core.read_model(path)))
END
"$python" "$temp/run.py" "$temp" > "$temp/out"
same "factor of the network" 1 "$(sed -n 1p "$temp/out")"
same "after its .bin was replaced by that of factor 2: from the path, from read_model" "1 2" "$(sed -n 2p "$temp/out")"
same "both files written again with factor 3" 3 "$(sed -n 3p "$temp/out")"
same "both with factor 4, the .xml with the same time: from the path, from read_model" "3 4" "$(sed -n 4p "$temp/out")"
verdict
