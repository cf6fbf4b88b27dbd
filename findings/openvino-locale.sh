#!/usr/bin/env bash
# With CACHE_DIR, compile_model sets the whole process's locale to C for a while. Two that overlap leave it at C.
. "$(dirname "$0")/common.sh"
python_with openvino==2026.4.1 openvino-telemetry==2025.2.0 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import locale, sys, threading
locale.setlocale(locale.LC_ALL, "C.UTF-8")
sys.modules["openvino_telemetry"] = None  # reports nothing to anybody
import numpy as np
import openvino as ov
from openvino import opset13 as ops

core = ov.Core()


def network(layers, channels):
    image = out = ops.parameter([1, channels, 8, 8], np.float32)
    for number in range(layers):
        weights = np.random.default_rng(number).normal(size=(channels, channels, 3, 3)).astype(np.float32)
        out = ops.relu(ops.convolution(out, ops.constant(weights), [1, 1], [1, 1], [1, 1], [1, 1]))
    return ov.Model([out], [image])


def seen_beside(work):
    found, end = set(), threading.Event()

    def sample():
        while not end.is_set():
            found.add(locale.getpreferredencoding(False))

    thread = threading.Thread(target=sample)
    thread.start()
    work()
    end.set()
    thread.join()
    return " and ".join(sorted(found))


large = network(10, 512)
print(seen_beside(lambda: core.compile_model(large, "CPU")))
print(seen_beside(lambda: core.compile_model(large, "CPU", {"CACHE_DIR": f"{sys.argv[1]}/one"})))
print(locale.getpreferredencoding(False))
small = [network(3, 256), network(3, 320)]
for number in range(100):
    options = {"CACHE_DIR": f"{sys.argv[1]}/two{number % 3}"}
    threads = [threading.Thread(target=core.compile_model, args=(n, "CPU", options)) for n in small]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if locale.getpreferredencoding(False) != "UTF-8":
        break
print(f"after {number + 1} pairs of compilations", file=sys.stderr)
print(locale.getpreferredencoding(False))
END
PYTHONUTF8=0 "$python" "$temp/run.py" "$temp" > "$temp/out"
same "encoding another thread sees during compile_model" "UTF-8" "$(sed -n 1p "$temp/out")"
same "the same with CACHE_DIR" "ANSI_X3.4-1968 and UTF-8" "$(sed -n 2p "$temp/out")"
same "encoding afterwards" "UTF-8" "$(sed -n 3p "$temp/out")"
same "encoding after two threads have compiled at once" "ANSI_X3.4-1968" "$(sed -n 4p "$temp/out")"
verdict
