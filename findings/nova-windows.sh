#!/usr/bin/env bash
# The last window of NOVA's iterator has data of another stream and time; its samples become seconds by a product.
. "$(dirname "$0")/common.sh"
python_with numpy==2.4.6
"$python" -m pip install -qq --no-compile --no-deps --disable-pip-version-check \
  hcai-nova-utils==1.6.8 hcai-discover-utils==1.2.1
printf '%s\n' hcai-nova-utils==1.6.8 hcai-discover-utils==1.2.1
cat > "$temp/run.py" <<'END'
import contextlib
import importlib
import io
import pathlib
import sys
import types
import unittest.mock
import warnings

OTHERS = "PIL bson bson.objectid dotenv ffmpegio imageio imageio_ffmpeg pims pymongo pymongo.errors pymongo.results requests soundfile"
for name in OTHERS.split():
    sys.modules[name] = unittest.mock.MagicMock()  # readers of video and sound, and the database
sys.modules["numba"] = types.SimpleNamespace(njit=lambda function: function)
import numpy as np

warnings.simplefilter("error")
SECONDS = 10
SOURCE = {"type": "input", "src": "file:stream:ssistream"}


def part(package, path):
    return importlib.import_module(f"{package}.{path}")


def windows(package):
    """What the package says, and the last two of ten windows: the first value and length of each stream.

    A value of the face is the second in which it was measured, one of the heart that and 1000.
    """
    handler = part(package, "data.handler.file_handler").FileHandler()
    for name, rate, base in (("face", 25, 0), ("heart", 50, 1000)):
        data = (base + np.arange(SECONDS * rate) / rate).astype(np.float32)[:, None]
        stream = part(package, "data.stream").SSIStream(data, sample_rate=rate, custom_meta={}, media_type="feature")
        handler.save(stream, pathlib.Path(f"{name}.stream"))
    sources = [{"id": name, "uri": f"{name}.stream", **SOURCE} for name in ("face", "heart")]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        found = list(part(package, "data.provider.dataset_iterator").DatasetIterator(sources, frame_size="1s"))
    shown = [" ".join(f"{name} {one[name][0, 0]:g} ({len(one[name])})" for name in ("face", "heart")) for one in found]
    return f"{len(found)}: {shown[-2]}; {shown[-1]}; {said.getvalue().count('Returning NaN values')} times NaN"


for package in ("nova_utils", "discover_utils"):
    print(windows(package))
    print(part(package, "utils.stream_utils").sample_nr_to_seconds(250, 25.0))
END
cd "$temp"
run_python TMP_DIR=.
what="the last two windows, and what is said;"
same "$what nova_utils" \
  "10: face 8 (25) heart 1008 (50); face 1008 (25) heart 1008 (25); 2 times NaN" "$(line 1)"
same "seconds of sample 250 at 25 Hz, nova_utils" "6250.0" "$(line 2)"
same "$what discover_utils" \
  "10: face 8 (25) heart 1008 (50); face 9 (25) heart 1009 (50); 0 times NaN" "$(line 3)"
same "seconds of sample 250 at 25 Hz, discover_utils" "6250.0" "$(line 4)"
verdict
